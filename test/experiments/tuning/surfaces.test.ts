/** @file The constants of surfaces in the tuner: planted noise behind a list's head is found out, and a trial asks as it says. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { askedOf, surfaceConstants } from '../../../src/cascade/surfaces.ts'
import { noConstants, optionsOf } from '../../../src/cascade/tuned.ts'
import { splitDataset } from '../../../src/data/split.ts'
import { CascadeObjective } from '../../../src/experiments/tuning/cascade-objective.ts'
import { type TuneCascadeOptions, tuneCascade } from '../../../src/experiments/tuning/tune-cascade.ts'
import { PHASE_ITEMS, phaseItem } from './planted-phases.ts'
import { ITEMS, queueItem } from './planted-queue.ts'
import { daily, smallTuning } from './small-tuning.ts'

const USERS = 80
const LENGTH = 30

/** Every user takes up one item of the own queue a day. */
const dataset = daily(USERS, LENGTH, ITEMS, queueItem)

const options: TuneCascadeOptions = {
  ...smallTuning,
  sources: ['planted-queue', 'popular'],
  groups: ['quotas'],
  constants: noConstants,
  units: USERS,
  trials: 16,
}

test('a source that is noise behind its head is found to deserve a small quota', async () => {
  const { tuned, gain } = await tuneCascade(dataset, options)
  const given = optionsOf(tuned.constants)
  const [queue] = askedOf('home', given, ['planted-queue'])
  // Ten are right, of the thousand that it was asked for.
  assert.ok(queue <= 30, `asked for ${queue}`)
  assert.ok(gain.low > 0.2, `${tuned.run.before} ${tuned.run.after}`)
  assert.deepEqual(tuned.constants.surfaces, {})
})

test('a trial is worth what its quotas, its query and its lists make of it, and no other trial sees them', async () => {
  const objective = new CascadeObjective(splitDataset(dataset).train, { ...options, groups: undefined })
  const mean = async (changed: Record<string, number>) => {
    const values = await objective.judge({ ...objective.present, ...changed }, 1)
    return values.reduce((sum, value) => sum + value, 0) / values.length
  }
  try {
    const names = objective.space.map(({ name }) => name)
    assert.ok(
      ['quotas.planted-queue', 'surface.fading', 'surface.queryItems'].every((one) => names.includes(one)),
    )
    // Which the order of the blend does not show.
    assert.ok(!names.includes('surface.ranked'))
    const before = await mean({})
    const limited = await mean({ 'quotas.planted-queue': 0.01 })
    assert.ok(limited > before + 0.2, `${before} ${limited}`)
    // As short for all: the same for this source.
    const shorter = await mean({ 'surface.candidatesPerSource': 10 })
    assert.ok(shorter > before + 0.2, `${before} ${shorter}`)
    // It counts the items of the query to see where in the queue the user is.
    const forgetful = await mean({ 'quotas.planted-queue': 0.01, 'surface.queryItems': 3 })
    assert.ok(forgetful < limited - 0.2, `${limited} ${forgetful}`)
    assert.equal(await mean({}), before)
  } finally {
    await objective.close()
  }
})

test('where only the phase that lasts says what comes next, the query is found to fade', async () => {
  const phases = daily(USERS, 60, PHASE_ITEMS, phaseItem)
  const searched = { ...options, sources: ['planted-phases', 'popular'], groups: ['surface'] }
  const { tuned, gain } = await tuneCascade(phases, searched)
  const { fading } = surfaceConstants('home', optionsOf(tuned.constants))
  // At 0.95 the twelve days of a former phase still outvote the first seven of this one; at 0.85 only the first three.
  assert.ok(fading < 0.93, String(fading))
  assert.ok(gain.low > 0.05, `${tuned.run.before} ${tuned.run.after}`)
})
