/**
 * @file Isotonic calibration by pooling adjacent violators (Ayer et al. 1955; Zadrozny and Elkan 2002): the non-decreasing
 * steps with the least squared error. Follows any rising curve, and overfits below some thousand positive rows.
 */

import { z } from 'zod'
import { InvalidOptionError } from '../../base/errors.ts'

export const isotonicSchema = z.object({
  kind: z.literal('isotonic'),
  /** Mean score of each block, ascending; between two, probabilities are interpolated. */
  scores: z.array(z.number()).min(1),
  /** Mean label of each block, non-decreasing. */
  probabilities: z.array(z.number()).min(1),
})
export type Isotonic = z.infer<typeof isotonicSchema>

/** Neighbouring rows that share a mean. */
interface Block {
  weight: number
  /** Weighted means. */
  label: number
  score: number
}

/**
 * @param labels 1 where it was wanted, else 0 (or any grade)
 * @param weights one per row, > 0; all alike when left out
 * @throws InvalidOptionError without rows
 */
export function fitIsotonic(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Isotonic {
  const blocks = poolViolators(tiedBlocks(scores, labels, weights))
  if (blocks.length === 0) throw new InvalidOptionError('scores', 0, 'at least one row')
  return {
    kind: 'isotonic',
    scores: blocks.map(({ score }) => score),
    probabilities: blocks.map(({ label }) => label),
  }
}

export function isotonicProbability({ scores, probabilities }: Isotonic, score: number): number {
  let low = 0
  let high = scores.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (scores[middle]! <= score) low = middle + 1
    else high = middle
  }
  if (low === 0) return probabilities[0]!
  if (low === scores.length) return probabilities.at(-1)!
  const from = scores[low - 1]!
  const share = (score - from) / (scores[low]! - from)
  return probabilities[low - 1]! + share * (probabilities[low]! - probabilities[low - 1]!)
}

/** Rows by ascending score; equal scores can only get equal probabilities, so they are one block from the start. */
function tiedBlocks(
  scores: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights?: ArrayLike<number>,
): Block[] {
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row)
  order.sort((a, b) => scores[a]! - scores[b]!)
  const blocks: Block[] = []
  for (const row of order) {
    const block = { weight: weights?.[row] ?? 1, label: labels[row]!, score: scores[row]! }
    const last = blocks.at(-1)
    if (last && last.score === block.score) blocks[blocks.length - 1] = merged(last, block)
    else blocks.push(block)
  }
  return blocks
}

/** One pass: a block that is not above the one before is merged with it, and again with the one before that. */
function poolViolators(blocks: readonly Block[]): Block[] {
  const pooled: Block[] = []
  for (let block of blocks) {
    while (pooled.length > 0 && pooled.at(-1)!.label >= block.label) block = merged(pooled.pop()!, block)
    pooled.push(block)
  }
  return pooled
}

function merged(a: Block, b: Block): Block {
  const weight = a.weight + b.weight
  const mean = (x: number, y: number) => (x * a.weight + y * b.weight) / weight
  return {
    weight,
    label: mean(a.label, b.label),
    score: a.score === b.score ? a.score : mean(a.score, b.score),
  }
}
