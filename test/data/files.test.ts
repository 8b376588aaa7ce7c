/** @file Finding, checking and downloading the files of a dataset. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import test, { after, before } from 'node:test'
import { defaultDataDirectories, findDataset } from '../../src/data/files.ts'
import type { DatasetReader } from '../../src/data/reader.ts'
import { writeZip } from './zip.ts'

const CONTENT = '1 2 3\n'
const sha256 = createHash('sha256').update(CONTENT).digest('hex')
const archive = writeZip({ 'public/original.txt': Buffer.from(CONTENT) })
const md5 = createHash('md5').update(archive).digest('hex')

let root: string
let address: string
const server = createServer((request, response) => {
  if (request.url === '/pairs.txt') response.end(CONTENT)
  else if (request.url === '/other.txt') response.end('something else')
  else if (request.url === '/set.zip') response.end(archive)
  else if (request.url === '/cut.txt') {
    response.writeHead(200, { 'content-length': '100' })
    response.write('only this', () => response.destroy())
  } else response.writeHead(404).end()
})

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'labrador-files-'))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

after(async () => {
  server.close()
  await rm(root, { recursive: true, force: true })
})

function reader(parts: Partial<DatasetReader>): DatasetReader {
  return {
    name: 'small',
    title: 'Small set',
    licence: 'none',
    citation: '',
    address: 'https://example.org/small',
    files: [{ path: 'pairs.txt', sha256 }],
    split: { kind: 'given' },
    surface: 'home',
    read: async () => [],
    ...parts,
  }
}

async function folderWith(name: string, files: Record<string, string | Buffer>): Promise<string> {
  const folder = join(root, name)
  await mkdir(folder, { recursive: true })
  for (const [path, content] of Object.entries(files)) await writeFile(join(folder, path), content)
  return folder
}

test('the first data directory that has all files wins', async () => {
  const second = await folderWith('two/small', { 'pairs.txt': CONTENT })
  await folderWith('three/small', { 'pairs.txt': CONTENT })
  const directories = ['one', 'two', 'three'].map((name) => join(root, name))
  assert.equal(await findDataset(reader({}), { directories, offline: true }), second)
})

test('a file that is not what its checksum says is refused by name', async () => {
  await folderWith('wrong/small', { 'pairs.txt': 'changed' })
  await assert.rejects(findDataset(reader({}), { directories: [join(root, 'wrong')] }), {
    code: 'invalid-file',
    message: /wrong\/small\/pairs\.txt: sha256 is [0-9a-f]{64}, expected/,
  })
})

test('without the files and without a network the error says which files go where', async () => {
  await assert.rejects(findDataset(reader({}), { directories: [join(root, 'none')], offline: true }), {
    code: 'unavailable',
    message: /put pairs\.txt into .*none\/small \(from https:\/\/example\.org\/small\)/,
  })
})

test('public files are downloaded into the first data directory and found there the next time', async () => {
  const directories = [join(root, 'fresh'), join(root, 'none')]
  const files = [{ path: 'pairs.txt', sha256, address: `${address}/pairs.txt` }]
  const folder = await findDataset(reader({ files }), { directories })
  assert.equal(folder, join(root, 'fresh', 'small'))
  assert.equal(await readFile(join(folder, 'pairs.txt'), 'utf8'), CONTENT)
  assert.equal(await findDataset(reader({ files }), { directories, offline: true }), folder)
})

test('a download that breaks off, is missing or is another file leaves nothing behind', async () => {
  for (const [path, code] of [
    ['cut.txt', 'unavailable'],
    ['missing.txt', 'unavailable'],
    ['other.txt', 'invalid-file'],
  ]) {
    const directories = [join(root, `broken-${path}`)]
    const files = [{ path: 'pairs.txt', sha256, address: `${address}/${path}` }]
    await assert.rejects(findDataset(reader({ files }), { directories }), { code })
    assert.deepEqual(await readdir(join(directories[0], 'small')), [], path)
  }
})

test('an archive is unpacked, whether it was downloaded or lay there', async () => {
  const alternatives = [
    {
      files: [{ path: 'original.txt' }],
      archive: { path: 'set.zip', address: `${address}/set.zip`, md5, folder: 'public' },
    },
  ]
  const downloaded = await findDataset(reader({ alternatives }), { directories: [join(root, 'zip')] })
  assert.deepEqual(await readdir(downloaded), ['original.txt'])
  const lying = await folderWith('lying', { 'set.zip': archive })
  const unpacked = await findDataset(reader({ alternatives }), { directories: [lying], offline: true })
  assert.equal(await readFile(join(unpacked, 'original.txt'), 'utf8'), CONTENT)
})

test('data directories come from LABRADOR_DATA as a path list, else they are the two usual ones', () => {
  assert.deepEqual(defaultDataDirectories({ LABRADOR_DATA: '/a:/b/c' }), ['/a', '/b/c'])
  assert.deepEqual(defaultDataDirectories({}), [resolve('data'), resolve('../shared/data')])
})
