/** @file Items drawn by a known law, popular ones far more often, and how near to it learned scores are. */

import { createRandom, type Random } from '../../../src/base/random.ts'

export const USERS = 8
export const ITEMS = 24

/** P(item | user), by user: taste times a popularity that falls as 1 / rank. */
export const law = makeLaw(createRandom(5))
/** P(item) when users come alike. */
export const popularity = Array.from({ length: ITEMS }, (_, item) =>
  law.reduce((sum, row) => sum + row[item]! / USERS, 0),
)

function makeLaw(random: Random): number[][] {
  return Array.from({ length: USERS }, () => {
    const weights = Array.from({ length: ITEMS }, (_, item) => Math.exp(random.normal()) / (item + 1))
    const total = weights.reduce((a, b) => a + b)
    return weights.map((weight) => weight / total)
  })
}

export function drawItem(row: number[], random: Random): number {
  let item = 0
  for (let left = random.float() - row[0]!; left >= 0 && item + 1 < ITEMS; left -= row[item]!) item++
  return item
}

/** Scores of all items for each user, from rows of both. */
export function scoresOf(userTable: Float32Array, itemTable: Float32Array): number[][] {
  const width = userTable.length / USERS
  return law.map((row, user) =>
    row.map((_, item) => {
      let dot = 0
      for (let k = 0; k < width; k++) dot += userTable[user * width + k]! * itemTable[item * width + k]!
      return dot
    }),
  )
}

/** By how much what is learned beyond the law rises with log popularity, user by user. */
export function slopeOnPopularity(scores: number[][]): number {
  const logPopularity = centred(popularity.map(Math.log))
  const slopes = scores.map((row, user) => {
    const beyond = centred(row.map((score, item) => score - Math.log(law[user]![item]!)))
    return dotOf(beyond, logPopularity) / dotOf(logPopularity, logPopularity)
  })
  return slopes.reduce((a, b) => a + b) / USERS
}

export function correlationWithLaw(scores: number[][]): number {
  const all = scores.map((row, user) => [centred(row), centred(law[user]!.map(Math.log))] as const)
  const [found, truth] = [all.flatMap(([a]) => a), all.flatMap(([, b]) => b)]
  return dotOf(found, truth) / Math.sqrt(dotOf(found, found) * dotOf(truth, truth))
}

function centred(values: number[]): number[] {
  const mean = values.reduce((a, b) => a + b) / values.length
  return values.map((value) => value - mean)
}

const dotOf = (a: number[], b: number[]) => a.reduce((sum, value, k) => sum + value * b[k]!, 0)
