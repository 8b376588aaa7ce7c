/** @file Off-policy estimators: how often their intervals hold a known truth, their errors, and the Open Bandit figures. */

import { UnavailableError } from '../src/base/errors.ts'
import { BANDIT_CAMPAIGNS, readOpenBandit } from '../src/data/open-bandit.ts'
import { evaluatePolicy } from '../src/evaluation/off-policy/evaluate-policy.ts'
import { openBanditFeatures, openBanditLog } from '../src/evaluation/off-policy/open-bandit-log.ts'
import { uniformPolicy, weigh } from '../src/evaluation/off-policy/policy-log.ts'
import { modelRewards } from '../src/evaluation/off-policy/reward-model.ts'
import { coverageOfActions, coverageOfSlates } from '../test/evaluation/off-policy/coverage.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'

const benchmark: Benchmark = {
  summary:
    'Simulated logs of 1,000 rows with known value (4,000 of them: a rate’s error is 0.3 points), and the uniform policy from logs of Thompson sampling.',
  async run({ quick, note }) {
    const runs = quick ? 300 : 4000
    const resamples = 250
    const found = { ...coverageOfActions(runs, resamples), ...coverageOfSlates(runs, resamples) }
    const rows = Object.entries(found).flatMap(([name, { holding, bias, error }]): BenchRow[] => [
      { metric: `${name}: truth in the 95 % interval`, value: (100 * holding) / runs, unit: '%', limit: 95 },
      { metric: `${name}: bias`, value: bias, unit: 'standard errors', limit: 0 },
      { metric: `${name}: root mean squared error`, value: error, unit: '1' },
    ])
    for (const campaign of BANDIT_CAMPAIGNS) {
      const bandit = await readOpenBandit('bts', campaign, { offline: true }).catch((error) => {
        if (!(error instanceof UnavailableError)) throw error
        note(`without open-bandit ${campaign}: ${error.message}`)
        return null
      })
      if (!bandit) continue
      const log = openBanditLog(bandit)
      const policy = uniformPolicy(bandit.items)
      const evaluate = () =>
        evaluatePolicy(modelRewards(log, policy, weigh(log, policy), openBanditFeatures(bandit)))
      const { estimates, diagnostics, refusals } = evaluate()
      rows.push(
        ...estimates.map(({ name, value }) => ({
          metric: `open-bandit ${campaign}: ${name}`,
          value: value.value,
          unit: 'clicks a row',
        })),
        {
          metric: `open-bandit ${campaign}: effective rows`,
          value: diagnostics.effectiveSampleSize,
          unit: 'rows',
        },
        { metric: `open-bandit ${campaign}: largest weight`, value: diagnostics.maxWeight, unit: '1' },
        { metric: `open-bandit ${campaign}: whole report`, value: await medianSeconds(evaluate), unit: 's' },
      )
      note(`open-bandit ${campaign} is ${refusals.length === 0 ? 'kept' : 'refused'}`)
    }
    return rows
  },
}

export default benchmark
