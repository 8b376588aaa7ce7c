/** @file Asking newcomers: what tells most about taste finds it in fewer questions than what most people like. */

import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/base/random.ts'
import { askInformative, ELICITORS, informationGain } from '../../../src/experiments/elicitation/elicitors.ts'
import { onboard, questionsUntil } from '../../../src/experiments/elicitation/onboard.ts'
import { plantTastes } from '../../../src/experiments/elicitation/planted-tastes.ts'
import { entropyOf, learnAnswer, likeOf } from '../../../src/experiments/elicitation/taste-model.ts'

const model = plantTastes({ clusters: 8, items: 60, universal: 0.25 }, createRandom(1))
const curves = Object.fromEntries(
  Object.entries(ELICITORS).map(([name, elicitor]) => [
    name,
    onboard(model, elicitor, 15, 400, createRandom(2)),
  ]),
) as Record<keyof typeof ELICITORS, ReturnType<typeof onboard>>

test('information gain finds the cluster of 8 in fewer questions than any other policy', () => {
  const questions = questionsUntil(curves['information-gain'], 0.8)
  assert.ok(questions <= 8, `${questions}`)
  for (const name of ['popularity', 'entropy', 'diversity'] as const) {
    assert.ok(questions < questionsUntil(curves[name], 0.8), name)
  }
  assert.ok(curves.popularity.found[questions]! < 0.5, `${curves.popularity.found[questions]}`)
})

test('what was learned is worth something: what would be shown is liked more', () => {
  const { utility } = curves['information-gain']
  assert.ok(utility[8]! > utility[0]! + 0.06, `${utility[0]} ${utility[8]}`)
  assert.ok(utility[8]! > curves.popularity.utility[8]! + 0.05)
})

test('information gain is the expected decrease of entropy, and never negative', () => {
  fc.assert(
    fc.property(
      fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 }),
      fc.nat(59),
      (weights, item) => {
        const total = weights.reduce((sum, weight) => sum + weight, 0)
        const belief = Float64Array.from(weights, (weight) => weight / total)
        const like = likeOf(model, belief, item)
        const after = [true, false].map((isLiked) => {
          const learned = belief.slice()
          learnAnswer(model, learned, item, isLiked)
          return entropyOf(learned)
        })
        const gain = entropyOf(belief) - like * after[0]! - (1 - like) * after[1]!
        assert.ok(Math.abs(informationGain(model, belief, item) - gain) < 1e-9)
        assert.ok(gain > -1e-9)
      },
    ),
    { numRuns: 100, seed: 1 },
  )
})

test('nobody is asked twice, and what everybody likes alike is not asked first', () => {
  const asked: number[] = []
  for (let question = 0; question < 60; question++) {
    const item = askInformative(model, model.prior, asked)
    assert.ok(item >= 0 && !asked.includes(item))
    if (question < 5) assert.ok(item >= 15, `item ${item} is liked by all`)
    asked.push(item)
  }
})
