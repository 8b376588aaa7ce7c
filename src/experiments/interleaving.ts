/**
 * @file Team-draft interleaving (Radlinski, Kurup and Joachims 2008): two rankings share one list, clicks decide. It says
 * which list is preferred, with far fewer people than an A/B test needs, but not by how much any metric moves.
 */

import { logFairBinomial, normalQuantile } from '../base/distributions.ts'
import type { Random } from '../base/random.ts'
import type { Interval } from '../evaluation/bootstrap.ts'

export interface InterleavedList {
  items: Uint32Array
  /** Whose pick each item was: 0 = the first ranking's, 1 = the second's. */
  teams: Uint8Array
}

/**
 * In every round a coin decides who picks first; each adds its best item that is not there yet.
 *
 * @param first, second items, best first, without repeats
 */
export function teamDraft(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  limit: number,
  random: Random,
): InterleavedList {
  const rankings = [first, second] as const
  const next = [0, 0]
  const taken = new Set<number>()
  const teams: number[] = []
  const pick = (team: number) => {
    const ranking = rankings[team]!
    while (next[team]! < ranking.length && taken.has(ranking[next[team]!]!)) next[team]!++
    if (next[team]! === ranking.length || taken.size === limit) return
    taken.add(ranking[next[team]!]!)
    teams.push(team)
  }
  for (let before = -1; before < taken.size && taken.size < limit; ) {
    before = taken.size
    const leader = random.below(2)
    pick(leader)
    pick(1 - leader)
  }
  return { items: Uint32Array.from(taken), teams: Uint8Array.from(teams) }
}

/** Which team got more clicks: −1 the first, 1 the second, 0 neither. */
export function winnerOf(teams: Uint8Array, clicked: ArrayLike<number>): -1 | 0 | 1 {
  let lead = 0
  for (let k = 0; k < teams.length; k++) if (clicked[k]) lead += teams[k] === 1 ? 1 : -1
  return Math.sign(lead) as -1 | 0 | 1
}

export interface Preference {
  firstWins: number
  secondWins: number
  ties: number
  /** Of the sessions that are no ties, the share that the second ranking won, with Wilson's interval. */
  share: Interval
  /** Sign test of no preference, two-sided, with half the probability of what was seen (mid-p: exact tests of counts err less often than they say). */
  p: number
}

/** @param winners of the sessions, as `winnerOf` gives them */
export function preferenceOf(winners: Iterable<-1 | 0 | 1>, confidence = 0.95): Preference {
  const counts = { '-1': 0, 0: 0, 1: 0 }
  for (const winner of winners) counts[winner]++
  const firstWins = counts['-1']
  const secondWins = counts[1]
  return {
    firstWins,
    secondWins,
    ties: counts[0],
    share: wilson(secondWins, firstWins + secondWins, confidence),
    p: signTest(secondWins, firstWins + secondWins),
  }
}

function signTest(wins: number, trials: number): number {
  const fewer = Math.min(wins, trials - wins)
  let below = 0
  for (let k = 0; k < fewer; k++) below += Math.exp(logFairBinomial(k, trials))
  return Math.min(1, 2 * below + Math.exp(logFairBinomial(fewer, trials)))
}

function wilson(wins: number, trials: number, confidence: number): Interval {
  if (trials === 0) return { value: 0.5, low: 0, high: 1 }
  const z = normalQuantile(0.5 + confidence / 2)
  const share = wins / trials
  const scale = 1 / (1 + (z * z) / trials)
  const centre = scale * (share + (z * z) / (2 * trials))
  const half = scale * z * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials))
  return { value: share, low: centre - half, high: centre + half }
}
