/** @file Simulated worlds as datasets: a small one with pictures, and one of the size of a busy site. */

import type { DatasetReader } from '../reader.ts'
import type { WorldOptions } from '../world/options.ts'
import { createWorld } from '../world/world.ts'
import { writeWorld } from '../world/write-world.ts'

function simulatedReader(
  name: string,
  title: string,
  world: Partial<WorldOptions>,
  images: boolean,
): DatasetReader {
  return {
    name,
    title,
    licence: 'none needed: everything in it is made up',
    citation: 'Made by Labrador; docs/guides/simulated-world.md says how.',
    address: 'docs/guides/simulated-world.md',
    files: [],
    split: { kind: 'temporal', fraction: 0.8 },
    surface: 'home',
    async read(_folder, store, progress) {
      await writeWorld(createWorld(world), store, { images }, progress)
      return ['Items, users and events are made up by a seeded simulation.']
    },
  }
}

/** Ready in seconds; what the demo shows when nothing else can be had. */
export const simulated = simulatedReader('simulated', 'A simulated world', {}, true)

/** The size at which memory and time begin to matter. */
export const simulatedLarge = simulatedReader(
  'simulated-large',
  'A large simulated world',
  { items: 150_000, users: 1_500_000, events: 10_000_000, collections: 100_000, itemsPerVisit: 3 },
  false,
)
