/** @file A random order of the catalogue for every request: the floor under all figures. */

import { createRandom } from '../../base/random.ts'
import type { Baseline } from './baseline.ts'

export const random: Baseline = {
  name: 'random',
  summary: 'the catalogue in a random order',
  fit: async () => ({}),
  open: () => ({
    score(task, scores) {
      const draw = createRandom(task.seed)
      for (let item = 0; item < scores.length; item++) scores[item] = draw.uint32()
    },
  }),
}
