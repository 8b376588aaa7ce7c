/** @file The visual source: planted looks, pictures that cannot be used, pictures that come later. */

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { createRandom } from '../../src/base/random.ts'
import { stringColumn } from '../../src/base/string-column.ts'
import { itemGraphOf } from '../../src/data/item-graph-of.ts'
import type { FitInput } from '../../src/sources/source.ts'
import { visualOptions, visualSource } from '../../src/sources/visual.ts'
import { datasetOf } from '../data/dataset-of.ts'
import { type Colour, picture, stripes } from '../models/pictures.ts'
import { requestFor } from './requests.ts'

const home = await mkdtemp(join(tmpdir(), 'labrador-visual-'))
after(() => rm(home, { recursive: true, force: true }))
const imageFolder = join(home, 'images')
await mkdir(imageFolder)

const LOOKS: [Colour, Colour, number][] = [
  [[200, 30, 40], [230, 210, 160], 9],
  [[20, 30, 90], [20, 120, 60], 3],
  [[240, 240, 240], [90, 90, 90], 14],
]
/** Items k, k + 3, k + 6 … have look k. */
const DRAWN = 15
const random = createRandom(6)
for (let item = 0; item < DRAWN; item++)
  await writeFile(join(imageFolder, `${item}.png`), await drawn(item % 3))
await writeFile(join(imageFolder, 'broken.png'), 'nothing that could be drawn')

function drawn(look: number): Promise<Buffer> {
  return picture(48, 48, stripes(...LOOKS[look], true, random.float()))
    .png()
    .toBuffer()
}

function inputOf(images: string[]): FitInput {
  const bare = datasetOf(
    [{ user: 0, item: 0 }],
    { kind: 'hold-out', buckets: 5 },
    { users: 1, items: images.length },
  )
  const dataset = { ...bare, imageFolder, catalog: { ...bare.catalog, image: stringColumn(images) } }
  return { dataset, graph: itemGraphOf(dataset), threads: 2, seed: 1, progress: silentProgress }
}

const images = Array.from({ length: DRAWN }, (_, item) => `images/${item}.png`)

async function opened(input: FitInput) {
  const artefact = await visualSource.fit(input, visualOptions.parse({}))
  const { dataset, graph } = input
  const source = visualSource.open(artefact, { ...dataset, graph })
  return { artefact, source }
}

test('items with the same look come first, and pictures that cannot be used are counted and told', async () => {
  const input = inputOf([...images, 'images/broken.png', 'https://pictures/1.png', '', '../secret.png'])
  const { artefact, source } = await opened(input)
  for (let item = 0; item < DRAWN; item++) {
    const { items } = source.propose(requestFor([item]), 4)
    assert.deepEqual(new Set([...items].map((other) => other % 3)), new Set([item % 3]))
  }
  const notes = (artefact.meta.notes as string[]).join('\n')
  assert.match(notes, /^1 picture behind addresses[\s\S]*\n2 pictures cannot be used/)
  assert.match(notes, /broken\.png.*neither JPEG[\s\S]*secret\.png.*outside/)
  for (const item of [DRAWN, DRAWN + 1, DRAWN + 2, DRAWN + 3]) {
    assert.equal(source.propose(requestFor([item]), 9).items.length, 0)
  }
})

test('an item that comes later is found by its picture, and finds others', async () => {
  const { source } = await opened(inputOf(images))
  const url = `data:image/png;base64,${(await drawn(1)).toString('base64')}`
  const card = { title: '', text: '', tags: [], category: '', region: '', language: '', createdAt: 0 }
  await source.addItems?.([
    { ...card, index: 40, image: url },
    { ...card, index: 41, image: 'images/broken.png' },
    { ...card, index: 42 },
  ])
  const { items } = source.propose(requestFor([1]), 5)
  assert.ok(items.includes(40))
  const back = source.propose(requestFor([40]), 5)
  assert.deepEqual(new Set([...back.items].map((other) => other % 3)), new Set([1]))
  for (const item of [41, 42]) assert.equal(source.propose(requestFor([item]), 5).items.length, 0)
})

test('without pictures of its own the source says why it steps aside', () => {
  const why = (list: string[]) => visualSource.unsuitable?.(inputOf(list), visualOptions.parse({}))
  assert.equal(why(['', '']), 'items have no pictures')
  assert.match(why(['https://pictures/1.png', '']) ?? '', /1 pictures are addresses/)
  assert.equal(why(['', 'a.png']), null)
})
