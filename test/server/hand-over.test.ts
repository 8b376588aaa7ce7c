/** @file Writes while recommenders change places: each is in what the successor reads, or told to it, never both or neither. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { DurableLog, Recommender } from '../../src/cascade/recommender.ts'
import { HandOver } from '../../src/server/hand-over.ts'
import type { RequestRecord } from '../../src/store/records.ts'

const requestOf = (id: string) => ({ id }) as RequestRecord

test('whatever the order in which writes start and end, the successor knows each once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.scheduler(), fc.integer({ min: 1, max: 12 }), async (scheduler, writes) => {
      const stored: string[] = []
      const log: Partial<DurableLog> = {
        appendRequests: async (requests) => {
          await scheduler.schedule(Promise.resolve(), 'write')
          stored.push(...requests.map(({ id }) => id))
        },
      }
      const handOver = new HandOver(log as DurableLog)
      const known: string[] = []
      const next = {
        replayRequests: (requests: readonly RequestRecord[]) =>
          void known.push(...requests.map(({ id }) => id)),
      }
      let isChanged = false
      const former = handOver.logFor(() => (isChanged ? (next as unknown as Recommender) : null))
      const writing = Array.from({ length: writes }, (_, k) =>
        scheduler
          .schedule(Promise.resolve(), 'start')
          .then(() => former.appendRequests([requestOf(`r-${k}`)])),
      )
      const changing = scheduler.schedule(Promise.resolve(), 'change').then(() =>
        handOver.whileStill(async () => {
          known.push(...stored)
          await scheduler.schedule(Promise.resolve(), 'read')
          isChanged = true
        }),
      )
      await scheduler.waitFor(Promise.all([...writing, changing]))
      assert.deepEqual([...known].sort(), [...stored].sort())
      assert.equal(stored.length, writes)
    }),
  )
})

test('a change that fails lets writes go on, to the former one alone', async () => {
  const stored: string[] = []
  const log: Partial<DurableLog> = {
    appendRequests: async (requests) => void stored.push(...requests.map(({ id }) => id)),
  }
  const handOver = new HandOver(log as DurableLog)
  const former = handOver.logFor(() => null)
  const failing = handOver.whileStill(async () => {
    throw new Error('unreadable')
  })
  const waiting = former.appendRequests([requestOf('waited')])
  await assert.rejects(failing, /unreadable/)
  await waiting
  assert.deepEqual(stored, ['waited'])
})
