/**
 * @file What goes with an item, where data tells when users took up what: the rest of the visit that the item stood in.
 *
 * What somebody takes up weeks after an item is a question of taste, and answered by what everybody likes; on an item's
 * page the visit counts. So the page's item is drawn from what a user takes up in test, the query is what stood before it
 * in the visit, as serving has it, and right is what comes after it in the visit and is new to the user.
 */

import { rowOf } from '../base/csr.ts'
import { createRandom, shuffle } from '../base/random.ts'
import { VISIT_MS } from '../cascade/surfaces.ts'
import type { Histories } from '../data/histories.ts'
import type { Split } from '../data/split.ts'
import { type EvaluationTasks, TaskBuilder } from './tasks.ts'
import { ascending, sampled, type TaskOptions, userRows } from './user-rows.ts'

/** Of each user at most, drawn: pages of one visit say much the same. */
const PAGES_MOST = 5

/**
 * Pages of users, whether or not they were met before; items that nobody had in train have none. Where there are few users,
 * each has as many pages as keep the requests at `maxUnits`.
 */
export function visitTasks(split: Split, options: TaskOptions): EvaluationTasks {
  const { histories, futures, eligible } = userRows(split)
  const trained = new Uint8Array(eligible.length)
  for (const item of histories.targets) trained[item] = 1
  const draw = createRandom(options.seed, 2)
  const asked: { user: number; pages: Page[] }[] = []
  for (let user = 0; user < futures.rows; user++) {
    const known = new Set(rowOf(histories, user))
    const pages = pagesOf(futures, user, known).filter(({ page }) => trained[futures.targets[page]!] === 1)
    if (pages.length > 0) asked.push({ user, pages: shuffle(pages, draw).slice(0, PAGES_MOST) })
  }
  const most = Math.max(1, Math.floor(options.maxUnits / Math.max(1, asked.length)))
  const tasks = new TaskBuilder()
  for (const { user, pages } of sampled(asked, options)) {
    const known = rowOf(histories, user)
    const wasKnown = new Set(known)
    for (const { page, first, end } of pages.slice(0, most)) {
      const from = Math.max(first, page + 1 - options.queryItems)
      const before = futures.targets.subarray(futures.offsets[user]!, page + 1)
      const after = Array.from(futures.targets.subarray(page + 1, end))
      tasks.add({
        unit: user,
        user,
        time: futures.times![page]!,
        query: Array.from(futures.targets.subarray(from, page + 1)),
        queryTimes: Array.from(futures.times!.subarray(from, page + 1)),
        relevant: ascending(after.filter((item) => !wasKnown.has(item))),
        seen: ascending([...new Set([...known, ...before])]),
      })
    }
  }
  return tasks.build('visits, temporal', options, eligible, asked.length)
}

/** Places in the histories. */
interface Page {
  page: number
  /** Where the part of the visit begins that serving still looks at. */
  first: number
  /** Where what comes after the page has ended. */
  end: number
}

/** What a user takes up, as pages after which something comes that is new to the user. */
function pagesOf({ offsets, targets, times }: Histories, user: number, known: ReadonlySet<number>): Page[] {
  const pages: Page[] = []
  const last = offsets[user + 1]!
  for (let page = offsets[user]!, first = page, end = page, next = page; page < last; page++) {
    while (times![page]! - times![first]! >= VISIT_MS) first++
    while (end < last && times![end]! - times![page]! < VISIT_MS) end++
    while (next < last && (next <= page || known.has(targets[next]!))) next++
    if (next < end) pages.push({ page, first, end })
  }
  return pages
}
