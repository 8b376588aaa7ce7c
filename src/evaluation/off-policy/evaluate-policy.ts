/** @file One policy against one log: all estimators with intervals, diagnostics, and whether they may be published. */

import { type BootstrapOptions, bootstrapDefaults, type Interval } from '../bootstrap.ts'
import { diagnoseWeights, type WeightDiagnostics } from './diagnostics.ts'
import { directMethod } from './direct-method.ts'
import { doublyRobust } from './doubly-robust.ts'
import type { EstimatorTerms } from './estimator.ts'
import { bootstrapEstimates, empiricalBernstein } from './intervals.ts'
import { inversePropensity } from './inverse-propensity.ts'
import type { ModelledLog, WeightedLog } from './policy-log.ts'
import { type GateLimits, gateDefaults, refusals } from './publication-gate.ts'
import { selfNormalised } from './self-normalised.ts'
import { switchDoublyRobust, switchThreshold } from './switch-doubly-robust.ts'

export interface PolicyEstimate {
  name: string
  /** Mean reward of a row under the policy, with a bootstrap interval over rows. */
  value: Interval
  /** Less the mean reward of what was logged, paired over rows. */
  gain: Interval
}

export interface PolicyReport {
  diagnostics: WeightDiagnostics
  /** Reasons why the estimates must not be published; empty when they may be. */
  refusals: string[]
  /** Mean reward of the log itself. */
  logged: Interval
  estimates: PolicyEstimate[]
  /** Inverse propensity scoring again, with an interval that holds for every number of rows. */
  bernstein: Interval
  /** Weights above are left to the model by SWITCH-DR; null where there is no model. */
  switchThreshold: number | null
  confidence: number
  resamples: number
  seed: number
}

export interface EvaluatePolicyOptions extends BootstrapOptions {
  limits: GateLimits
  /** The most that weight × reward can be, for the Bernstein bound; the largest one in the log when left out. */
  range?: number
}

/** @param log estimators that need a reward model are left out where it has none */
export function evaluatePolicy(
  log: WeightedLog | ModelledLog,
  given: Partial<EvaluatePolicyOptions> = {},
): PolicyReport {
  const options = { ...bootstrapDefaults, limits: gateDefaults, ...given }
  const diagnostics = diagnoseWeights(log.weights)
  const modelled = 'predicted' in log ? log : null
  const estimators: Record<string, EstimatorTerms> = {
    logged: { terms: log.rewards },
    ips: inversePropensity(log),
    snips: selfNormalised(log),
    ...(modelled && {
      dm: directMethod(modelled),
      dr: doublyRobust(modelled),
      'switch-dr': switchDoublyRobust(modelled),
    }),
  }
  const range = options.range ?? estimators.ips!.terms.reduce((a, b) => Math.max(a, Math.abs(b)), 0)
  return {
    ...reportOf(estimators, diagnostics, options),
    bernstein: empiricalBernstein(estimators.ips!.terms, range, options.confidence),
    switchThreshold: modelled && switchThreshold(modelled),
  }
}

/** A policy that arranges lists, against a log of lists. */
export type SlateReport = Omit<PolicyReport, 'bernstein' | 'switchThreshold'>

/**
 * @param log one row per list, with pseudo-inverse weights; rewards are those of the whole list
 * @param independent the estimator with a weight per place, over the same lists
 */
export function evaluateSlates(
  log: WeightedLog,
  independent: EstimatorTerms,
  given: Partial<EvaluatePolicyOptions> = {},
): SlateReport {
  const options = { ...bootstrapDefaults, limits: gateDefaults, ...given }
  const estimators = {
    logged: { terms: log.rewards },
    'pseudo-inverse': inversePropensity(log),
    'pseudo-inverse, self-normalised': selfNormalised(log),
    'independent places': independent,
  }
  return reportOf(estimators, diagnoseWeights(log.weights), options)
}

/** @param estimators that of the log itself comes first */
function reportOf(
  estimators: Readonly<Record<string, EstimatorTerms>>,
  diagnostics: WeightDiagnostics,
  options: BootstrapOptions & Pick<EvaluatePolicyOptions, 'limits'>,
): SlateReport {
  const { estimates, differences } = bootstrapEstimates(Object.values(estimators), options)
  return {
    diagnostics,
    refusals: refusals(diagnostics, options.limits),
    logged: estimates[0]!,
    estimates: Object.keys(estimators)
      .map((name, e) => ({ name, value: estimates[e]!, gain: differences[e]! }))
      .slice(1),
    confidence: options.confidence,
    resamples: options.resamples,
    seed: options.seed,
  }
}
