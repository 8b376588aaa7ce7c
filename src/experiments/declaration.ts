/** @file What an experiment is: arms with shares, a salt, a layer and its part of the layer's traffic, as JSON declares it. */

import { z } from 'zod'
import { InvalidOptionError } from '../base/errors.ts'
import { SURFACES } from '../sources/request.ts'

const word = z.string().regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'small letters, digits and hyphens, at most 64')

const armSchema = z.strictObject({
  name: word,
  /** Of the experiment's units. */
  share: z.number().gt(0).lt(1),
  /** What is different in this arm; read by whoever serves it. */
  settings: z.record(z.string(), z.unknown()).default({}),
})
export type Arm = z.infer<typeof armSchema>

const experimentSchema = z.strictObject({
  name: word,
  /**
   * `hold-back` is an experiment in reverse: the change is launched, and the control is the small arm that does without it
   * for as long as one wants to know what the change is worth.
   */
  kind: z.enum(['experiment', 'hold-back']).default('experiment'),
  /** Decides who is in which arm; another salt deals anew. The name when left out. */
  salt: z.string().min(1).max(200).optional(),
  /** Experiments of one layer exclude each other; those of different layers are independent. */
  layer: word.default('default'),
  /** From and to: which part of the layer's units takes part. */
  traffic: z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]).default([0, 1]),
  /** Where it runs; everywhere when left out. */
  surfaces: z.array(z.enum(SURFACES)).min(1).optional(),
  arms: z.array(armSchema).min(2).max(20),
  /** The arm that the others are compared with; the first when left out. */
  control: word.optional(),
})

const fileSchema = z.strictObject({ experiments: z.array(experimentSchema) })

/** A declared experiment with everything filled in. */
export type Experiment = Required<Omit<z.infer<typeof experimentSchema>, 'surfaces'>> & {
  surfaces: readonly (typeof SURFACES)[number][]
}

/** Sums of shares in decimal fractions miss 1 by rounding. */
const ROUNDING = 1e-9

/**
 * Checks a configuration file's content, `{ "experiments": [...] }`.
 *
 * @throws InvalidOptionError naming the field at fault, as in `experiments.0.arms.1.share`
 */
export function parseExperiments(content: unknown): Experiment[] {
  const parsed = fileSchema.safeParse(content)
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!
    const given = path.reduce<unknown>(
      (value, key) => (value as Record<PropertyKey, unknown>)?.[key],
      content,
    )
    throw new InvalidOptionError(path.join('.') || 'experiments', given, message)
  }
  const experiments = parsed.data.experiments.map((given) => ({
    ...given,
    salt: given.salt ?? given.name,
    surfaces: given.surfaces ?? SURFACES,
    control: given.control ?? given.arms[0]!.name,
  }))
  for (const [k, experiment] of experiments.entries()) checkAlone(experiment, `experiments.${k}`)
  for (const [k, experiment] of experiments.entries())
    for (const other of experiments.slice(0, k)) checkTogether(experiment, other, `experiments.${k}`)
  return experiments
}

function checkAlone({ kind, arms, traffic, control }: Experiment, field: string): void {
  const names = arms.map(({ name }) => name)
  const refuse = (part: string, value: unknown, expected: string): never => {
    throw new InvalidOptionError(`${field}.${part}`, value, expected)
  }
  if (new Set(names).size < names.length) refuse('arms', names, 'arms with different names')
  const total = arms.reduce((sum, { share }) => sum + share, 0)
  if (Math.abs(total - 1) > ROUNDING) refuse('arms', total, 'shares that sum to 1')
  if (traffic[0] >= traffic[1]) refuse('traffic', traffic, 'from below to')
  const controlled = arms.find(({ name }) => name === control)
  if (!controlled) refuse('control', control, `one of ${names.join(', ')}`)
  if (kind === 'hold-back' && (arms.length !== 2 || controlled!.share >= 0.5)) {
    refuse('arms', arms, 'two arms, the control being the smaller one')
  }
}

function checkTogether(experiment: Experiment, other: Experiment, field: string): void {
  if (experiment.name === other.name) {
    throw new InvalidOptionError(`${field}.name`, experiment.name, 'a name that no other experiment has')
  }
  if (experiment.salt === other.salt) {
    throw new InvalidOptionError(
      `${field}.salt`,
      experiment.salt,
      `another salt than ${other.name} has, or the arms of both would hold the same people`,
    )
  }
  const [from, to] = experiment.traffic
  if (experiment.layer === other.layer && from < other.traffic[1] && other.traffic[0] < to) {
    throw new InvalidOptionError(
      `${field}.traffic`,
      experiment.traffic,
      `a part of layer ${experiment.layer} that ${other.name} does not take (${other.traffic.join(' to ')})`,
    )
  }
}
