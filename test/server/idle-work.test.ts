/** @file What can wait goes on when no task comes, and stands still while they come. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { workWhenIdle } from '../../src/server/idle-work.ts'

/** Steps that count themselves, and say when they are over. */
function countedSteps(count: number) {
  const over = Promise.withResolvers<void>()
  const made = { steps: 0 }
  function* steps(): Generator<void> {
    for (; made.steps < count; made.steps++) yield
    over.resolve()
  }
  return { steps: steps(), made, over: over.promise }
}

/** Idle work keeps no process alive. */
async function awake(over: Promise<void>): Promise<void> {
  const heart = setInterval(() => {}, 1000)
  await over
  clearInterval(heart)
}

test('what can wait is done to its end when no task comes', async () => {
  const { steps, made, over } = countedSteps(20)
  workWhenIdle(steps, () => performance.now())
  await awake(over)
  assert.equal(made.steps, 20)
})

test('nothing is done while the last task was just now, and all of it after a while', async () => {
  let now = 1000
  const { steps, made, over } = countedSteps(3)
  const { interrupt } = workWhenIdle(steps, () => now)
  interrupt()
  await sleep(50)
  assert.equal(made.steps, 0)
  now += 1000
  await awake(over)
  assert.equal(made.steps, 3)
})

test('a step that fails ends the work, and the thread goes on', async () => {
  const { steps, made } = countedSteps(3)
  const failing = { next: () => (made.steps === 1 ? assert.fail('amiss') : steps.next()) }
  workWhenIdle(failing, () => performance.now())
  await sleep(200)
  assert.equal(made.steps, 1)
})
