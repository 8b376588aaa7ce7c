/** @file The default description of pictures: what is alike is near, copies are nearly the same. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import sharp from 'sharp'
import { createRandom } from '../../src/base/random.ts'
import { DESCRIPTOR_DIM, DESCRIPTOR_SIZE, describeImage } from '../../src/models/image-descriptor.ts'
import { readPixels } from '../../src/models/image-pixels.ts'
import { lengthOf } from '../../src/vectors/vector-matrix.ts'
import { type Colour, picture, stripes } from './pictures.ts'

async function described(bytes: Buffer): Promise<Float32Array> {
  const url = `data:image/any;base64,${bytes.toString('base64')}`
  const vector = new Float32Array(DESCRIPTOR_DIM)
  describeImage(await readPixels(url, null, DESCRIPTOR_SIZE), vector)
  return vector
}

const cosine = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, k) => sum + value * b[k], 0)
const [red, navy, green, sand]: Colour[] = [
  [200, 30, 40],
  [20, 30, 90],
  [20, 120, 60],
  [230, 210, 160],
]

test('every description has length 1, whatever the picture', async () => {
  const random = createRandom(2)
  for (let k = 0; k < 20; k++) {
    const shade = () => random.below(256)
    const noise = k % 2 === 0
    const flat: Colour = [shade(), shade(), shade()]
    const drawn = picture(40, 30, () => (noise ? [shade(), shade(), shade()] : flat))
    assert.ok(Math.abs(lengthOf(await described(await drawn.png().toBuffer())) - 1) < 1e-5)
  }
})

test('pictures of the same palette and texture are each other’s nearest', async () => {
  const looks = [
    [red, sand, 9, true],
    [red, sand, 9, false],
    [navy, green, 9, true],
    [navy, green, 2, true],
    [green, sand, 5, false],
  ] as const
  const random = createRandom(4)
  const all: { look: number; vector: Float32Array }[] = []
  for (const [look, [first, second, turns, isUpright]] of looks.entries()) {
    for (let copy = 0; copy < 4; copy++) {
      const draw = stripes(first, second, turns * (0.95 + 0.1 * random.float()), isUpright, random.float())
      all.push({ look, vector: await described(await picture(120, 90, draw).jpeg().toBuffer()) })
    }
  }
  for (const one of all) {
    const others = all.filter((other) => other !== one)
    others.sort((a, b) => cosine(b.vector, one.vector) - cosine(a.vector, one.vector))
    assert.deepEqual(
      others.slice(0, 3).map(({ look }) => look),
      [one.look, one.look, one.look],
    )
  }
})

test('a smaller copy and copies in other formats are nearly the same; another picture is not', async () => {
  const draw = (x: number, y: number): Colour => [200 * x, 90 + 100 * Math.sin(9 * x * y), 200 * y]
  const original = await picture(200, 150, draw).png().toBuffer()
  const one = await described(original)
  const copies = [
    sharp(original).resize(60).png(),
    sharp(original).resize(350).jpeg({ quality: 60 }),
    sharp(original).webp({ quality: 60 }),
    sharp(original).avif({ quality: 50, effort: 0 }),
    sharp(original).gif(),
  ]
  for (const copy of copies) assert.ok(cosine(one, await described(await copy.toBuffer())) > 0.985)
  const other = await described(
    await picture(200, 150, stripes(red, sand, 9, true, 0))
      .png()
      .toBuffer(),
  )
  assert.ok(cosine(one, other) < 0.8)
})

test('what is transparent counts as white', async () => {
  const clear = sharp({
    create: { width: 9, height: 9, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } },
  })
  const white = picture(9, 9, () => [255, 255, 255])
  assert.ok(
    cosine(await described(await clear.png().toBuffer()), await described(await white.png().toBuffer())) >
      0.999,
  )
})
