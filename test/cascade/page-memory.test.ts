/** @file Memory that threads share: what it gives back was kept under that key, whoever kept it, or it gives nothing. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import { KEY_WORDS, PageMemory, sharedPages } from '../../src/cascade/page-memory.ts'
import type { Candidates } from '../../src/sources/candidates.ts'
import { candidatesOf, keyOf } from './page-memory-worker.ts'

test('what is found is what was kept under that key last, and only where there was room', () => {
  const keys = fc.array(fc.nat(3), { minLength: KEY_WORDS, maxLength: KEY_WORDS })
  const kept = fc.tuple(
    keys,
    fc.array(fc.tuple(fc.nat(0xffffffff), fc.float({ noNaN: true })), { maxLength: 402 }),
  )
  fc.assert(
    fc.property(fc.array(kept, { maxLength: 30 }), fc.integer({ min: 1, max: 20 }), (all, slots) => {
      const memory = new PageMemory(sharedPages(slots))
      const reference = new Map<string, Candidates>()
      for (const [words, list] of all) {
        const key = Uint32Array.from(words)
        const known = memory.find(key)
        if (known) assert.deepEqual(known, reference.get(words.join()))
        const candidates = {
          items: Uint32Array.from(list, ([item]) => item),
          scores: Float32Array.from(list, ([, score]) => score),
        }
        if (known) continue
        memory.keep(key, candidates)
        reference.set(words.join(), candidates)
        assert.deepEqual(memory.find(key), list.length > 400 ? null : candidates)
      }
    }),
  )
})

test('of the keys of a set, the one that was used longest ago makes room', () => {
  const memory = new PageMemory(sharedPages(3))
  for (const number of [1, 2, 3]) memory.keep(keyOf(number), candidatesOf(number))
  memory.find(keyOf(1))
  memory.keep(keyOf(4), candidatesOf(4))
  assert.deepEqual(
    [1, 2, 3, 4].map((number) => memory.find(keyOf(number)) !== null),
    [true, false, true, true],
  )
})

test('threads that read and write the same slots never see half of an answer', async () => {
  const words = sharedPages(8)
  const workers = Array.from(
    { length: 2 },
    () => new Worker(new URL('./page-memory-worker.ts', import.meta.url), { workerData: words }),
  )
  const found = await Promise.all(
    workers.map(async (worker) => ((await once(worker, 'message')) as [{ found: number; torn: number }])[0]),
  )
  assert.deepEqual(
    found.map(({ torn }) => torn),
    [0, 0],
  )
  assert.ok(found.every(({ found }) => found > 0))
})

test('a slot that a dead thread left locked is unknown, and keeps nobody', () => {
  const words = sharedPages(1)
  const memory = new PageMemory(words)
  memory.keep(keyOf(1), candidatesOf(1))
  words[1] = 1
  assert.equal(memory.find(keyOf(1)), null)
  memory.keep(keyOf(2), candidatesOf(2))
  assert.equal(memory.find(keyOf(2)), null)
})
