/** @file Reading pictures: only from their folder, never for ever, and with a reason when it cannot be done. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import sharp from 'sharp'
import { InvalidFileError } from '../../src/base/errors.ts'
import { placeOfImage, readPixels } from '../../src/models/image-pixels.ts'
import { picture } from './pictures.ts'

const home = await mkdtemp(join(tmpdir(), 'labrador-pixels-'))
after(() => rm(home, { recursive: true, force: true }))
const folder = join(home, 'images')
const size = { width: 4, height: 4, fit: 'fill' } as const
const grey = await picture(10, 10, () => [90, 90, 90])
  .png()
  .toBuffer()
await mkdir(join(folder, 'deep'), { recursive: true })
await writeFile(join(folder, 'grey.png'), grey)
await writeFile(join(folder, 'deep', 'grey.png'), grey)
await writeFile(join(home, 'secret.png'), grey)
await symlink(join(home, 'secret.png'), join(folder, 'link.png'))

const refused = (reference: string, reason: RegExp) =>
  assert.rejects(
    readPixels(reference, folder, size),
    (error) => error instanceof InvalidFileError && error.field === 'image' && reason.test(error.message),
  )

test('a picture is found by its name, with or without the folder in front, and as a data: URL', async () => {
  const url = `data:image/png;base64,${grey.toString('base64')}`
  for (const reference of [
    'grey.png',
    'images/grey.png',
    '/images/grey.png',
    './images/deep/grey.png',
    url,
  ]) {
    assert.equal(placeOfImage(reference, folder), 'here')
    assert.deepEqual([...(await readPixels(reference, folder, size))], Array(48).fill(90), reference)
  }
})

test('addresses are told apart and never fetched', () => {
  for (const address of [
    'http://a/b.png',
    'https://a/b.png',
    '//a/b.png',
    'ftp://a/b.png',
    'file:///etc/passwd',
  ])
    assert.equal(placeOfImage(address, folder), 'address')
  assert.equal(placeOfImage('', folder), 'none')
  assert.equal(placeOfImage('grey.png', null), 'none')
})

test('nothing outside the folder is opened', async () => {
  for (const path of [
    '../secret.png',
    'images/../../secret.png',
    join(home, 'secret.png'),
    'link.png',
    'deep/../..',
  ])
    await refused(path, /outside the folder/)
  await refused('/etc/passwd', /outside the folder/)
  await refused('deep', /not a file/)
  await refused('missing.png', /no such file/)
  await refused('grey.png\0', /null bytes/)
})

test('damaged and empty files are refused with a reason', async () => {
  const large = await picture(300, 300, (x, y) => [255 * x, 255 * y, 99])
    .png()
    .toBuffer()
  await writeFile(join(folder, 'cut.png'), large.subarray(0, large.length / 2))
  await writeFile(join(folder, 'cut.jpg'), (await sharp(large).jpeg().toBuffer()).subarray(0, 900))
  await writeFile(join(folder, 'empty.png'), '')
  await writeFile(join(folder, 'text.png'), 'this is not a picture')
  await refused('cut.png', /cannot be used/)
  await refused('cut.jpg', /cannot be used/)
  await refused('empty.png', /neither JPEG/)
  await refused('text.png', /neither JPEG/)
  await refused('data:image/png;base64,!!!!', /neither JPEG/)
})

test('an SVG is not drawn, and a picture of absurd size is not decoded', async () => {
  const svg =
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'
  await writeFile(join(folder, 'drawing.svg'), svg)
  await refused('drawing.svg', /neither JPEG/)
  await refused(`data:image/svg+xml,${encodeURIComponent(svg)}`, /neither JPEG/)
  const bomb = Buffer.from(grey)
  // The width and height of the header: 60 000 × 60 000.
  bomb.writeUInt32BE(60_000, 16)
  bomb.writeUInt32BE(60_000, 20)
  await writeFile(join(folder, 'bomb.png'), bomb)
  await refused('bomb.png', /pixel limit/)
})
