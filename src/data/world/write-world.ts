/** @file Puts a simulated world into a store: catalog, pictures, collections and events, streaming. */

import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import type { Progress } from '../../base/progress.ts'
import { EVENT_KINDS } from '../../store/records.ts'
import type { Store } from '../../store/store.ts'
import { StoreWriter } from '../store-writer.ts'
import { tellCollections } from './collections.ts'
import { tellEvents } from './events.ts'
import { drawImage, IMAGE_SIZE } from './item-image.ts'
import { textWriter } from './item-text.ts'
import { CATEGORIES, LANGUAGES, REGIONS, SEGMENTS } from './vocabulary.ts'
import type { World } from './world.ts'

export interface WriteWorldOptions {
  /** Draw a picture of every item into `images/` beside the store: about 0.4 ms and 6 kB each. */
  images: boolean
}

/** Pictures that are encoded at the same time: as many as the threads that do it. */
const PARALLEL_IMAGES = 4

/** Writes everything that `world` tells; memory grows with items and users, not with events. */
export async function writeWorld(
  world: World,
  store: Store,
  { images }: WriteWorldOptions,
  progress: Progress,
): Promise<void> {
  const writer = new StoreWriter(store)
  writeItems(world, writer, images)
  writeUsers(world, writer)
  writer.flush()
  if (images) await writeImages(world, join(dirname(store.path), 'images'), progress)
  let number = 0
  for (const { owner, title, items } of tellCollections(world)) {
    writer.collection({ id: String(number++), title, owner: String(owner), items: items.map(String) })
  }
  writer.flush()
  const task = progress.start('tell events', world.options.events)
  for (const batch of tellEvents(world)) {
    for (let k = 0; k < batch.length; k++) {
      writer.event({
        user: String(batch.user[k]),
        item: String(batch.item[k]),
        kind: EVENT_KINDS[batch.kind[k]],
        time: batch.time[k],
        session: String(batch.session[k]),
      })
    }
    task.update(writer.events)
  }
  writer.flush()
  task.end()
}

function writeItems(world: World, writer: StoreWriter, images: boolean): void {
  const { items, topics } = world
  const textOf = textWriter(world)
  for (let item = 0; item < items.count; item++) {
    const region = items.region[item]
    writer.item({
      id: String(item),
      ...textOf(item),
      attributes: {
        category: CATEGORIES[topics.category[items.topic[item]]].name,
        language: LANGUAGES[items.language[item]],
        ...(region > 0 && { region: REGIONS[region - 1] }),
      },
      image: images ? imagePath(item) : null,
      createdAt: items.createdAt[item],
      hidden: items.hidden[item] === 1,
    })
  }
}

function writeUsers({ users }: World, writer: StoreWriter): void {
  for (let user = 0; user < users.count; user++) {
    writer.user({
      id: String(user),
      attributes: {
        region: REGIONS[users.region[user] - 1],
        language: LANGUAGES[users.language[user]],
        segment: SEGMENTS[users.segment[user]],
      },
    })
  }
}

async function writeImages(world: World, folder: string, progress: Progress): Promise<void> {
  await mkdir(folder, { recursive: true })
  const task = progress.start('draw pictures', world.items.count)
  let next = 0
  const drawNext = async () => {
    const pixels = new Uint8Array(IMAGE_SIZE * IMAGE_SIZE * 3)
    while (next < world.items.count) {
      const item = next++
      drawImage(world, item, pixels)
      const raw = { width: IMAGE_SIZE, height: IMAGE_SIZE, channels: 3 } as const
      await writeFile(join(dirname(folder), imagePath(item)), await sharp(pixels, { raw }).png().toBuffer())
      task.update(next)
    }
  }
  await Promise.all(Array.from({ length: PARALLEL_IMAGES }, drawNext))
  task.end()
}

/** Relative to the store's folder. */
function imagePath(item: number): string {
  return `images/${item}.png`
}
