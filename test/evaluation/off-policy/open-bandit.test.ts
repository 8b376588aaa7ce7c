/** @file The small Open Bandit files, where they are at hand: figures that were computed independently, to the last digit. */

import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { UnavailableError } from '../../../src/base/errors.ts'
import { type BanditCampaign, type BanditLog, readOpenBandit } from '../../../src/data/open-bandit.ts'
import { evaluatePolicy } from '../../../src/evaluation/off-policy/evaluate-policy.ts'
import { openBanditFeatures, openBanditLog } from '../../../src/evaluation/off-policy/open-bandit-log.ts'
import { uniformPolicy, weigh } from '../../../src/evaluation/off-policy/policy-log.ts'
import { modelRewards } from '../../../src/evaluation/off-policy/reward-model.ts'

async function uniformFrom(context: TestContext, log: BanditLog, campaign: BanditCampaign) {
  const rows = await readOpenBandit(log, campaign, { offline: true }).catch((error) => {
    if (!(error instanceof UnavailableError)) throw error
    context.skip('the Open Bandit files are not at hand')
    return null
  })
  if (!rows) return null
  const policy = uniformPolicy(rows.items)
  const logged = openBanditLog(rows)
  const modelled = modelRewards(logged, policy, weigh(logged, policy), openBanditFeatures(rows))
  const report = evaluatePolicy(modelled, { resamples: 200 })
  const values = Object.fromEntries(report.estimates.map(({ name, value }) => [name, value]))
  return { rows, report, values }
}

test('men: the uniform policy from the log of Thompson sampling is kept, with a wide interval', async (context) => {
  const found = await uniformFrom(context, 'bts', 'men')
  if (!found) return
  const { report, values } = found
  assert.equal(values.ips!.value.toFixed(5), '0.00301')
  assert.equal(values.snips!.value.toFixed(5), '0.00319')
  assert.equal(report.diagnostics.effectiveSampleSize.toFixed(0), '656')
  assert.equal(report.diagnostics.maxWeight.toFixed(0), '178')
  assert.equal(report.logged.value, 0.0069)
  assert.deepEqual(report.refusals, [])
  // What the uniform policy earned in its own log, 0.0046, is inside.
  assert.ok(values.ips!.low < 0.0046 && 0.0046 < values.ips!.high)
})

test('women: one row outweighs the log, and the gate refuses', async (context) => {
  const found = await uniformFrom(context, 'bts', 'women')
  if (!found) return
  const { report, values } = found
  assert.equal(values.ips!.value.toFixed(5), '0.00744')
  assert.equal(values.snips!.value.toFixed(5), '0.00237')
  assert.equal(report.diagnostics.effectiveSampleSize.toFixed(0), '2')
  assert.equal(report.diagnostics.maxWeight.toFixed(0), '21739')
  assert.equal(report.refusals.length, 3)
})

test('the uniform policy evaluated on its own log is what was earned', async (context) => {
  const found = await uniformFrom(context, 'random', 'men')
  if (!found) return
  const { rows, report, values } = found
  assert.equal(rows.items, 34)
  assert.ok(Math.abs(report.diagnostics.meanWeight - 1) < 1e-9)
  assert.ok(Math.abs(values.ips!.value - 0.0046) < 1e-9)
  assert.ok(Math.abs(values.dr!.value - 0.0046) < 5e-4)
})
