/**
 * @file Counters that follow what is served: what was shown counts as the clicks that its place brings on average, what was
 * done with it as clicks.
 */

import type { Artefact } from '../../base/array-file.ts'
import { DamagedArtefactError } from '../../base/errors.ts'
import { SURFACES, type Surface } from '../../sources/request.ts'
import { examinationAt } from '../examination/shown-log.ts'
import { packCounters, unpackCounters } from './counter-artefact.ts'
import { type ExpectedClicks, unknownExpectations } from './expected-clicks.ts'
import { ANY_QUERY, MemBoost } from './mem-boost.ts'

/** Stands for an item that is not known here; it takes its place in a list and is not counted. */
export const UNKNOWN_ITEM = 0xffffffff

/** What was added to the score of an item, logged beside its features where the request was boosted. */
export const BOOST = 'counters.boost'

/** A list that was shown. */
export interface Shown {
  kind: 'shown'
  surface: Surface
  arm: number
  /** The page's item, see `queryOf`. */
  query: number
  /** First place first. */
  items: Uint32Array
  /** When it was asked for, ms since 1970. */
  time: number
}

/** Something done with an item of a list that was shown. */
export interface Acted {
  kind: 'acted'
  arm: number
  query: number
  item: number
  action: string
  /** That of the list: impressions and what came of them fade together, however late it came. */
  time: number
}

export type Happened = Shown | Acted

/** What counters are kept for beside the item alone: the page's item on `related`; on `home` nothing was asked. */
export function queryOf({ surface, items }: { surface: Surface; items: Uint32Array }): number {
  return surface === 'related' ? items[items.length - 1] : ANY_QUERY
}

/** Counts in the order in which it is told, so that all that are told the same are the same. */
export class LiveCounters {
  #memBoost: MemBoost
  readonly #expected: ExpectedClicks

  constructor(memBoost: MemBoost, expected: ExpectedClicks) {
    this.#memBoost = memBoost
    this.#expected = expected
  }

  get memBoost(): MemBoost {
    return this.#memBoost
  }

  count(happened: readonly Happened[]): void {
    for (const one of happened) {
      if (one.kind === 'shown') this.#countShown(one)
      else this.#memBoost.action(one.arm, one.query, one.item, one.action, one.time)
    }
  }

  /** Everything that the counters hold, for `restore` and for snapshots. */
  pack(): Artefact {
    const { arrays, meta } = packCounters(this.#memBoost)
    const expected = SURFACES.map((surface) => [expectedName(surface), this.#expected[surface]])
    return { arrays: { ...arrays, ...Object.fromEntries(expected) }, meta }
  }

  /** Goes on from where other counters of the same snapshot stand. */
  restore(artefact: Artefact): void {
    this.#memBoost = unpackCounters(artefact, 'counters')
  }

  #countShown({ surface, arm, query, items, time }: Shown): void {
    items.forEach((item, place) => {
      if (item === UNKNOWN_ITEM) return
      const expected = examinationAt(this.#expected[surface], place)
      this.#memBoost.impression(arm, query, item, expected, time)
    })
  }
}

/**
 * @param artefact what was counted before; empty counters when left out
 * @param share all arms use the same counters, to which each adds what it learned so far
 * @throws DamagedArtefactError when something is missing or does not fit together
 */
export function openLiveCounters(artefact: Artefact | undefined, share = false): LiveCounters {
  if (!artefact) return new LiveCounters(new MemBoost({ shareArms: share }), unknownExpectations())
  const counters = unpackCounters(artefact, 'counters')
  const expected = Object.fromEntries(SURFACES.map((surface) => [surface, expectedOf(artefact, surface)]))
  return new LiveCounters(share ? shared(counters) : counters, expected as ExpectedClicks)
}

function expectedOf({ arrays }: Artefact, surface: Surface): Float64Array {
  const found = arrays[expectedName(surface)]
  if (found instanceof Float64Array && found.length > 0) return found
  throw new DamagedArtefactError('counters', `"${expectedName(surface)}" is missing`)
}

function shared(counters: MemBoost): MemBoost {
  if (counters.options.shareArms) return counters
  const { keys } = counters.columns()
  const arms = new Set(keys.filter((_, word) => word % 3 === 0))
  for (const arm of arms) if (arm !== 0) counters.mergeArm(arm, 0)
  return new MemBoost({ ...counters.options, shareArms: true }, counters.columns())
}

const expectedName = (surface: Surface) => `expected.${surface}`
