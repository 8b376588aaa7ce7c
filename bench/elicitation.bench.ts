/** @file Onboarding policies on planted taste clusters: how many questions until a newcomer's taste is found. */

import { createRandom } from '../src/base/random.ts'
import { ELICITORS } from '../src/experiments/elicitation/elicitors.ts'
import { onboard, questionsUntil } from '../src/experiments/elicitation/onboard.ts'
import { plantTastes } from '../src/experiments/elicitation/planted-tastes.ts'
import type { Benchmark, BenchRow } from './bench.ts'

const SEEDS = [1, 2, 3, 4, 5]
const TASTES = { clusters: 8, items: 60, universal: 0.25 }
const QUESTIONS = 40
const NEWCOMERS = 500
const FOUND = 0.8

const benchmark: Benchmark = {
  summary: `Questions until ${100 * FOUND} % of newcomers are found in one of ${TASTES.clusters} planted taste clusters.`,
  async run() {
    return Object.entries(ELICITORS).map(([name, elicitor]): BenchRow => {
      const questions = SEEDS.map((seed) => {
        const model = plantTastes(TASTES, createRandom(seed))
        return questionsUntil(onboard(model, elicitor, QUESTIONS, NEWCOMERS, createRandom(seed, 1)), FOUND)
      })
      const median = questions.sort((a, b) => a - b)[SEEDS.length >> 1]!
      return { metric: `${name}, median of ${SEEDS.length} worlds`, value: median, unit: 'questions' }
    })
  },
}

export default benchmark
