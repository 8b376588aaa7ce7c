/**
 * @file The protocols, to the letter of the reference baselines: which requests are made, and what counts as right.
 *
 * Users (`temporal`, `hold-out, unordered`): users with at least 5 distinct train items and at least 1 test item that is
 * not among them. The whole catalogue (items of train or test) is ranked without the user's train items.
 * On `related`, where times are known, the rest of a visit is asked for instead: `visit-tasks.ts`.
 * Sessions (`sessions, temporal`): every click of a test session but the first is a target, unless it equals the click
 * before it or is not in train; all train items are ranked, those of the session's prefix too.
 */

import { degree, rowOf } from '../base/csr.ts'
import { createRandom } from '../base/random.ts'
import { sharedFloat64, sharedUint8, sharedUint32 } from '../base/shared.ts'
import type { Split } from '../data/split.ts'
import { type EvaluationTasks, NOBODY, TaskBuilder } from './tasks.ts'
import { ascending, firstTime, sampled, type TaskOptions, userRows } from './user-rows.ts'
import { visitTasks } from './visit-tasks.ts'

/** Users with fewer distinct train items are not asked for. */
export const MIN_TRAIN_ITEMS = 5
/** Where fewer take up two things in a visit, and few of those who come back, what comes after a visit has to do. */
const ENOUGH_VISITORS = 200

export function tasksOf(split: Split, options: TaskOptions): EvaluationTasks {
  if (split.protocol === 'sessions, temporal') return sessionTasks(split, options)
  if (options.surface !== 'related' || !split.test.time) return userTasks(split, options)
  const ofVisits = visitTasks(split, options)
  if (ofVisits.units >= ENOUGH_VISITORS) return ofVisits
  const ofUsers = userTasks(split, options)
  return ofVisits.units >= ofUsers.units / 2 ? ofVisits : ofUsers
}

/** Fewer newcomers say too little of what they want. */
const ENOUGH_NEWCOMERS = 200

/**
 * Requests without a query item: of users who are met in the test period for the first time, or, where there are hardly
 * any, of all who come back, as though nothing were known of them. Every other one has an account, the rest are nobody.
 */
export function newcomerTasks(split: Split, options: TaskOptions): EvaluationTasks {
  const tasks = split.protocol === 'sessions, temporal' ? null : firstTasks(split, options)
  return withoutQueries(tasks && tasks.length >= ENOUGH_NEWCOMERS ? tasks : tasksOf(split, options))
}

/** All that users take up in test who are not in train. */
function firstTasks(split: Split, options: TaskOptions): EvaluationTasks {
  const { histories, futures, eligible } = userRows(split)
  const arrived: number[] = []
  for (let user = 0; user < histories.rows; user++) {
    if (degree(histories, user) === 0 && degree(futures, user) > 0) arrived.push(user)
  }
  const tasks = new TaskBuilder()
  for (const user of sampled(arrived, options)) {
    const relevant = ascending(Array.from(rowOf(futures, user)))
    tasks.add({
      unit: user,
      user,
      time: firstTime(futures, user),
      query: [],
      queryTimes: [],
      relevant,
      seen: [],
    })
  }
  return tasks.build(split.protocol, options, eligible, arrived.length)
}

function withoutQueries(tasks: EvaluationTasks): EvaluationTasks {
  const user = sharedUint32(tasks.length)
  tasks.user.forEach((known, task) => {
    user[task] = task % 2 === 0 ? known : NOBODY
  })
  const query = { offsets: sharedUint32(tasks.length + 1), items: sharedUint32(0) }
  return { ...tasks, user, query, queryTimes: sharedFloat64(0) }
}

/** The user protocol. On `related`, the page's item is the user's last train item (a drawn one where order is unknown). */
export function userTasks(split: Split, options: TaskOptions): EvaluationTasks {
  const { histories, futures, eligible } = userRows(split)
  const asked: { user: number; targets: number[] }[] = []
  for (let user = 0; user < histories.rows; user++) {
    const seen = new Set(rowOf(histories, user))
    if (seen.size < MIN_TRAIN_ITEMS) continue
    const targets = Array.from(rowOf(futures, user)).filter((item) => !seen.has(item))
    if (targets.length > 0) asked.push({ user, targets })
  }
  const tasks = new TaskBuilder()
  const draw = createRandom(options.seed, 2)
  for (const { user, targets } of sampled(asked, options)) {
    const start = histories.offsets[user]!
    const end = histories.offsets[user + 1]!
    let from = Math.max(start, end - options.queryItems)
    let to = end
    if (options.surface === 'related') {
      from = histories.times ? end - 1 : start + draw.below(end - start)
      to = from + 1
    }
    const query = Array.from(histories.targets.subarray(from, to))
    tasks.add({
      unit: user,
      user,
      time: firstTime(futures, user),
      query,
      queryTimes: histories.times
        ? Array.from(histories.times.subarray(from, to))
        : query.map(() => Number.NaN),
      relevant: ascending(targets),
      seen: ascending(Array.from(rowOf(histories, user))),
    })
  }
  return tasks.build(split.protocol, options, eligible, asked.length)
}

/** The session protocol: one task per predicted click, the prefix as query. */
export function sessionTasks(split: Split, options: TaskOptions): EvaluationTasks {
  const train = split.train.interactions
  const { test } = split
  const eligible = sharedUint8(split.train.catalog.title.length)
  for (let k = 0; k < train.length; k++) eligible[train.item[k]!] = 1
  const sessions = new Map<number, number[]>()
  for (let k = 0; k < test.length; k++) {
    const clicks = sessions.get(test.session[k]!)
    if (clicks) clicks.push(k)
    else sessions.set(test.session[k]!, [k])
  }
  const tasks = new TaskBuilder()
  for (const [session, clicks] of sampled([...sessions], options)) {
    const prefix = new Map<number, number>()
    for (let c = 1; c < clicks.length; c++) {
      const before = clicks[c - 1]!
      touch(prefix, test.item[before]!, test.time ? test.time[before]! : Number.NaN)
      const target = test.item[clicks[c]!]!
      if (eligible[target] === 0 || target === test.item[before]) continue
      const items = [...prefix.keys()].slice(-options.queryItems)
      tasks.add({
        unit: session,
        user: test.user[before]!,
        time: test.time ? test.time[before]! : Number.NaN,
        query: items,
        queryTimes: items.map((item) => prefix.get(item)!),
        relevant: [target],
        seen: [],
      })
    }
  }
  return tasks.build(split.protocol, options, eligible, sessions.size <= options.maxUnits ? 0 : sessions.size)
}

function touch(touched: Map<number, number>, item: number, time: number): void {
  touched.delete(item)
  touched.set(item, time)
}
