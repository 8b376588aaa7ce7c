/**
 * @file One experiment's analysis: the sample ratio first, and only when it holds, every metric of every arm against the
 * control, with the pre-period taken out where there is one.
 */

import { InvalidOptionError } from '../base/errors.ts'
import type { Interval } from '../evaluation/bootstrap.ts'
import { type AlwaysValid, alwaysValid, DEFAULT_MIXTURE } from './always-valid.ts'
import { adjustForMany } from './benjamini-hochberg.ts'
import { adjustByPrePeriod, type CupedFit } from './cuped.ts'
import type { Experiment } from './declaration.ts'
import { compareArms, type Effect, type Moments, momentsOf } from './effect.ts'
import { type Metric, metricBefore, unitValues } from './metric.ts'
import { untilPlanned } from './planned-horizon.ts'
import { checkSampleRatio, type SampleRatio } from './sample-ratio.ts'
import type { UnitTable } from './unit-table.ts'

export interface AnalyseOptions {
  /** The first one decides; all others are secondary. */
  metrics: readonly Metric[]
  confidence: number
  /** Typical effect that the always-valid figures look for, in standard deviations of a unit. */
  mixture: number
  /** Units in all arms together at which the experiment will end, for looks until then; null when there is no plan. */
  plannedUnits: number | null
}

export const analyseDefaults: Omit<AnalyseOptions, 'metrics'> = {
  confidence: 0.95,
  mixture: DEFAULT_MIXTURE,
  plannedUnits: null,
}

/** One metric of one arm against the control. */
export interface Comparison extends Effect {
  metric: string
  role: 'primary' | 'secondary'
  arm: string
  control: Moments
  treatment: Moments
  /** p adjusted over all arms and metrics of the same role (Benjamini and Hochberg); of a single one, p itself. */
  adjusted: number
  /** Whether `adjusted` is below 1 − confidence. */
  significant: boolean
  alwaysValid: AlwaysValid
  untilPlanned: AlwaysValid | null
  /** What the pre-period explained; null without one. All figures above are of the adjusted values. */
  cuped: (CupedFit & { unadjusted: Interval }) | null
}

export interface Analysis {
  experiment: string
  kind: Experiment['kind']
  control: string
  /** Units by arm. */
  units: Record<string, number>
  sampleRatio: SampleRatio
  /** Why there are no comparisons; null when there are. */
  refusal: string | null
  comparisons: Comparison[]
  confidence: number
}

/** Below so many units in an arm neither variances nor normal quantiles can be trusted. */
const LEAST_UNITS = 30

/** @throws NotFoundError for a column that is not there, InvalidOptionError without metrics or past the plan */
export function analyse(
  experiment: Experiment,
  table: UnitTable,
  given: Partial<AnalyseOptions> & Pick<AnalyseOptions, 'metrics'>,
): Analysis {
  const options = { ...analyseDefaults, ...given }
  if (options.metrics.length === 0) throw new InvalidOptionError('metric', [], 'at least one metric')
  const { arms, control } = experiment
  const unitsOf = arms.map((_, arm) => unitsIn(table.arm, arm))
  const sampleRatio = checkSampleRatio(
    unitsOf.map(({ length }) => length),
    arms.map(({ share }) => share),
  )
  const refusal = refusalOf(sampleRatio, unitsOf)
  return {
    experiment: experiment.name,
    kind: experiment.kind,
    control,
    units: Object.fromEntries(arms.map(({ name }, arm) => [name, unitsOf[arm]!.length])),
    sampleRatio,
    refusal,
    comparisons: refusal === null ? compareAll(experiment, table, unitsOf, options) : [],
    confidence: options.confidence,
  }
}

function refusalOf({ alarm, p }: SampleRatio, unitsOf: readonly Uint32Array[]): string | null {
  if (alarm) {
    return (
      `the arms do not hold the shares of units that were declared (p = ${p.toExponential(1)}): units were lost or ` +
      'counted twice in some arm, and no difference between arms means anything until that is found'
    )
  }
  const fewest = Math.min(...unitsOf.map(({ length }) => length))
  return fewest < LEAST_UNITS ? `an arm has ${fewest} units, at least ${LEAST_UNITS} are needed` : null
}

function compareAll(
  { arms, control }: Experiment,
  table: UnitTable,
  unitsOf: readonly Uint32Array[],
  options: AnalyseOptions,
): Comparison[] {
  const comparisons = options.metrics.flatMap((metric, m) => {
    const raw = unitsOf.map((units) => unitValues(table, metric, units))
    const values = raw.map((column) => Float64Array.from(column))
    const cuped = takeOutPrePeriod(table, metric, unitsOf, values)
    const reference = arms.findIndex(({ name }) => name === control)
    return arms.flatMap(({ name }, arm) => {
      if (arm === reference) return []
      const compared = compareOne(values[reference]!, values[arm]!, table.arm.length, options)
      const unadjusted = () =>
        compareArms(momentsOf(raw[reference]!), momentsOf(raw[arm]!), options.confidence).delta
      return {
        metric: metric.name,
        role: m === 0 ? ('primary' as const) : ('secondary' as const),
        arm: name,
        ...compared,
        adjusted: 1,
        significant: false,
        cuped: cuped && { ...cuped, unadjusted: unadjusted() },
      }
    })
  })
  for (const role of ['primary', 'secondary'] as const) {
    const family = comparisons.filter((comparison) => comparison.role === role)
    for (const [k, adjusted] of adjustForMany(family.map(({ p }) => p)).entries()) {
      Object.assign(family[k]!, { adjusted, significant: adjusted < 1 - options.confidence })
    }
  }
  return comparisons
}

function compareOne(
  controlValues: Float64Array,
  treatmentValues: Float64Array,
  units: number,
  { confidence, mixture, plannedUnits }: AnalyseOptions,
) {
  const control = momentsOf(controlValues)
  const treatment = momentsOf(treatmentValues)
  const effect = compareArms(control, treatment, confidence)
  const { delta, standardError } = effect
  const deviation = Math.sqrt((control.variance + treatment.variance) / 2)
  return {
    ...effect,
    control,
    treatment,
    alwaysValid: alwaysValid(delta.value, standardError, mixture * deviation, confidence),
    untilPlanned:
      plannedUnits === null
        ? null
        : untilPlanned(delta.value, standardError, units / plannedUnits, confidence),
  }
}

/** Replaces the values of all arms by adjusted ones where the table has the metric's pre-period. */
function takeOutPrePeriod(
  table: UnitTable,
  metric: Metric,
  unitsOf: readonly Uint32Array[],
  values: readonly Float64Array[],
): CupedFit | null {
  const before = metricBefore(table, metric)
  if (!before) return null
  const everybody = Uint32Array.from(table.arm, (_, unit) => unit)
  const column = unitValues(table, before, everybody)
  return adjustByPrePeriod(
    values,
    unitsOf.map((units) => Float64Array.from(units, (unit) => column[unit]!)),
  )
}

function unitsIn(armOf: Uint32Array, arm: number): Uint32Array {
  const units: number[] = []
  for (let unit = 0; unit < armOf.length; unit++) if (armOf[unit] === arm) units.push(unit)
  return Uint32Array.from(units)
}
