/** @file A thread that writes and reads answers of which every word follows from the key, and counts the ones that do not. */

import { parentPort, workerData } from 'node:worker_threads'
import { createRandom } from '../../src/base/random.ts'
import { KEY_WORDS, PageMemory } from '../../src/cascade/page-memory.ts'

export const keyOf = (number: number) => new Uint32Array(KEY_WORDS).fill(number)

export function candidatesOf(number: number) {
  const length = 100 + ((number * 37) % 300)
  return { items: new Uint32Array(length).fill(number), scores: new Float32Array(length).fill(number) }
}

const ROUNDS = 60_000

if (parentPort) {
  const memory = new PageMemory(workerData as Int32Array)
  const random = createRandom(1)
  let found = 0
  let torn = 0
  for (let round = 0; round < ROUNDS; round++) {
    const number = 1 + random.below(24)
    const known = memory.find(keyOf(number))
    if (!known) {
      memory.keep(keyOf(number), candidatesOf(number))
      continue
    }
    found++
    const { items, scores } = candidatesOf(number)
    if (known.items.length !== items.length || scores.length !== known.scores.length) torn++
    else if (known.items.some((item) => item !== number) || known.scores.some((score) => score !== number))
      torn++
  }
  parentPort.postMessage({ found, torn })
}
