/** @file The space read from schemas: ranges, scales and defaults, and the way back to options. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { z } from 'zod'
import { type NumberParameter, pointOf, valueAt } from '../../../src/experiments/tuning/parameter.ts'
import { optionsWith, spaceOf, valuesIn } from '../../../src/experiments/tuning/space.ts'
import { blendOptions } from '../../../src/ranking/fit-blend.ts'
import { linearOptions } from '../../../src/ranking/linear/fit-linear.ts'
import { sourceDefinitions } from '../../../src/sources/registry.ts'

const options = z.strictObject({
  steps: z
    .number()
    .int()
    .min(1)
    .max(1e6)
    .default(500)
    .meta({ tune: { scale: 'log', from: 10, to: 1000 } }),
  share: z.number().min(0).max(1).default(0.25),
  width: z.number().int().min(16).max(64).multipleOf(16).default(32),
  fast: z.boolean().default(false),
  loss: z.enum(['logistic', 'hinge']).default('hinge'),
  weight: z
    .discriminatedUnion('kind', [
      z.strictObject({
        kind: z.literal('power'),
        exponent: z.number().min(0).max(2),
        cap: z.number().min(0),
      }),
      z.strictObject({ kind: z.literal('log') }),
    ])
    .default({ kind: 'power', exponent: 1, cap: 5 }),
  // None of these is searched: no upper bound, no default, a matter of cost.
  limit: z.number().int().min(1).default(10),
  epochs: z.number().int().min(1).max(10).optional(),
  maxItems: z.number().int().min(1).max(100).default(50).meta({ tune: false }),
})

test('a space holds what has a default and a range, as it is declared', () => {
  const number = { kind: 'number', group: 'walk', scale: 'linear', step: 0 }
  assert.deepEqual(spaceOf('walk', options), [
    { ...number, name: 'walk.steps', scale: 'log', from: 10, to: 1000, step: 1, default: 500 },
    { ...number, name: 'walk.share', from: 0, to: 1, default: 0.25 },
    { ...number, name: 'walk.width', from: 16, to: 64, step: 16, default: 32 },
    { kind: 'choice', group: 'walk', name: 'walk.fast', choices: [false, true], default: false },
    { kind: 'choice', group: 'walk', name: 'walk.loss', choices: ['logistic', 'hinge'], default: 'hinge' },
    { ...number, name: 'walk.weight.exponent', from: 0, to: 2, default: 1 },
  ])
})

test('values go back into options, inner ones beside what they stand with', () => {
  const values = { 'walk.steps': 20, 'walk.weight.exponent': 0.5, 'other.share': 1 }
  assert.deepEqual(optionsWith('walk', options, values), {
    steps: 20,
    weight: { kind: 'power', exponent: 0.5, cap: 5 },
  })
  assert.deepEqual(optionsWith('other-walk', options, values), {})
})

test('the values of options are read in the same names', () => {
  const read = valuesIn('walk', options, { share: 0.75, weight: { kind: 'power', exponent: 2, cap: 1 } })
  assert.equal(read['walk.share'], 0.75)
  assert.equal(read['walk.weight.exponent'], 2)
  assert.equal(read['walk.steps'], 500)
  // Another branch than that of the default has no such value.
  assert.ok(!('walk.weight.exponent' in valuesIn('walk', options, { weight: { kind: 'log' } })))
})

test('every point of the space of every declared option is valid, whatever is drawn', () => {
  const declared = [
    ...sourceDefinitions,
    { name: 'blend', options: blendOptions },
    { name: 'linear', options: linearOptions },
  ]
  for (const { name, options: schema } of declared) {
    const space = spaceOf(name, schema)
    if (space.length === 0) continue
    fc.assert(
      fc.property(
        // Whole numbers are spread evenly, other than doubles, most of which are next to 0.
        fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 20, maxLength: 20 }),
        (drawn) => {
          const u = drawn.map((thousandths) => thousandths / 1000)
          const values = Object.fromEntries(
            space.map((parameter, d) => {
              const at = u[d]!
              const choices = parameter.kind === 'choice' ? parameter.choices.length : 0
              return [
                parameter.name,
                valueAt(parameter, choices ? Math.min(choices - 1, Math.floor(at * choices)) : at),
              ]
            }),
          )
          schema.parse(optionsWith(name, schema, values))
          // A point and its values stand for each other, but for rounding to steps.
          const back = pointOf(space, values)
          space.forEach((parameter, d) => {
            const again = valueAt(parameter, back[d]!)
            if (parameter.kind === 'choice') assert.equal(again, values[parameter.name])
            else
              assert.ok(
                Math.abs((again as number) - (values[parameter.name] as number)) < 1e-6 * scaleOf(parameter),
              )
          })
        },
      ),
      { numRuns: 30 },
    )
  }
})

const scaleOf = ({ from, to }: NumberParameter) => Math.max(Math.abs(from), Math.abs(to))
