/** @file A simulated world in a store: as told, with pictures that can be opened, ready to be evaluated. */

import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import test from 'node:test'
import sharp from 'sharp'
import { stringAt } from '../../../src/base/string-column.ts'
import { datasetReader } from '../../../src/data/readers.ts'
import { splitDataset } from '../../../src/data/split.ts'
import { tellEvents } from '../../../src/data/world/events.ts'
import { REGIONS } from '../../../src/data/world/vocabulary.ts'
import { worldDataset } from '../world-dataset.ts'

test('a world comes back from the store as the dataset that it is', async (context) => {
  const { world, dataset, remove } = await worldDataset({
    items: 120,
    users: 40,
    events: 3000,
    collections: 25,
  })
  context.after(remove)
  const { catalog, users, interactions, collections } = dataset
  assert.equal(catalog.title.length, 120)
  assert.equal(users.users.ids.length, 40)
  assert.equal(collections?.rows, 25)
  let positive = 0
  for (const batch of tellEvents(world)) {
    for (let k = 0; k < batch.length; k++) {
      if (batch.kind[k] === 0) continue
      assert.equal(interactions.user[positive], batch.user[k])
      assert.equal(interactions.item[positive], batch.item[k])
      assert.equal(interactions.time![positive], batch.time[k])
      positive++
    }
  }
  assert.equal(interactions.length, positive)
  for (let item = 0; item < 120; item++) {
    assert.equal(catalog.createdAt[item], world.items.createdAt[item])
    assert.equal(catalog.hidden[item], world.items.hidden[item])
    const region = world.items.region[item]
    assert.equal(
      stringAt(catalog.region.labels, catalog.region.codes[item]),
      region > 0 ? REGIONS[region - 1] : '',
    )
  }
  const { train, test: future } = splitDataset(dataset)
  assert.ok(future.length > 0.15 * positive && future.length < 0.25 * positive)
  const inTrain = new Set(train.interactions.item)
  const unseen = Array.from(future.item).filter((item) => !inTrain.has(item))
  assert.ok(unseen.length > 0, 'new items arrive after the cut')
})

test('every item has a picture in the folder of the store; the same seed draws the same bytes', async (context) => {
  const options = { items: 12, users: 3, events: 10, collections: 0 }
  const [one, two] = [await worldDataset(options, true), await worldDataset(options, true)]
  context.after(one.remove)
  context.after(two.remove)
  assert.equal((await readdir(join(one.folder, 'images'))).length, 12)
  for (let item = 0; item < 12; item++) {
    const path = stringAt(one.dataset.catalog.image, item)
    const picture = await readFile(join(one.folder, path))
    const { format, width, height } = await sharp(picture).metadata()
    assert.deepEqual([format, width, height], ['png', 64, 64])
    assert.deepEqual(await readFile(join(two.folder, path)), picture)
  }
})

test('the simulated datasets need no files and are measured over time', () => {
  for (const name of ['simulated', 'simulated-large']) {
    const reader = datasetReader(name)
    assert.deepEqual([reader.files.length, reader.split.kind, reader.surface], [0, 'temporal', 'home'])
  }
})
