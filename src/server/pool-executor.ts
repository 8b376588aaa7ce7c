/** @file Runs cascades on worker threads over one shared snapshot: the sources of a request side by side, within a budget. */

import { UnavailableError } from '../base/errors.ts'
import { workerModule } from '../base/worker-module.ts'
import type { CascadeRequest, CascadeResult, MissingSource, Proposal } from '../cascade/cascade.ts'
import type { Executor, ItemChange, SearchHits } from '../cascade/executor.ts'
import { type AnsweringOptions, pagesToShare } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
import { surfaceDeclarations } from '../cascade/surfaces.ts'
import { type Happened, openLiveCounters } from '../ranking/counters/live-counters.ts'
import { sourceDefinitions } from '../sources/registry.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import type { LiveItem } from '../sources/source.ts'
import type { CascadeWorkerData } from './cascade-worker.ts'
import { batchesOf, planLanes } from './lanes.ts'
import type { CascadeAnswers, CascadeTask, Informed } from './messages.ts'
import { RunningCosts } from './running-costs.ts'
import { ServiceTime } from './service-time.ts'
import { within } from './within.ts'
import type { WorkerLink } from './worker-link.ts'
import { byLoad, leastLoaded, WorkerSlot } from './worker-slot.ts'

/** Tasks waiting per worker before new requests are turned away: more would only wait past their budget. */
const MAX_LOAD = 64
/** A request that would wait for this share of its budget before anybody looks at it is turned away at once. */
const MAX_WAIT_SHARE = 0.5
/** What happened is told with the next task; a worker that has none is told of so much at once. */
const MAX_UNTOLD = 256

/** Below, carrying proposals between threads costs more than working side by side saves. */
const SPLIT_FROM_MS = 12

type Slot = WorkerSlot<Informed<CascadeTask>>

type Ask = <Kind extends CascadeTask['kind']>(
  task: Extract<CascadeTask, { kind: Kind }>,
) => Promise<CascadeAnswers[Kind]>

export interface PoolOptions extends AnsweringOptions {
  workers: number
  onWorkerLost(error: Error): void
  /** Tasks waiting per worker at most. */
  maxLoad?: number
  /** Replaces the surfaces' declared budgets. */
  budgetMs?: Partial<Record<Surface, number>>
  /** The workers' module, where it is not the ordinary one. */
  module?: URL
}

export interface PoolExecutor extends Executor {
  /** Tasks that the workers hold. */
  readonly load: number
}

/**
 * Starts the workers and waits until all are open. A worker that dies is replaced and told of all live items and counters.
 *
 * @throws UnavailableError when a worker cannot open the snapshot
 */
export async function poolExecutor(snapshot: Snapshot, options: PoolOptions): Promise<PoolExecutor> {
  const module = options.module ?? workerModule(import.meta.url, './cascade-worker')
  const liveItems = new Map<number, LiveItem>()
  /** Items of the snapshot that have other words by now. */
  const rewordedItems = new Map<number, LiveItem>()
  const liveChanges = new Map<number, ItemChange>()
  const { exploration, shareCounters } = options
  /** The workers', for those that are started again. */
  const counters = openLiveCounters(snapshot.counters, shareCounters)
  let counted = false
  const costs = new RunningCosts()
  const service = new ServiceTime()
  const maxLoad = options.maxLoad ?? MAX_LOAD
  const sources = Object.fromEntries(SURFACES.map((surface) => [surface, sourceNames(snapshot, surface)]))

  /** What happened, and each worker has not been told: waking all of them for every list costs more than counting it. */
  const untold = Array.from({ length: options.workers }, (): Happened[] => [])
  const tellLive = (link: WorkerLink<Informed<CascadeTask>>, place: number) => {
    const ignoreLoss = () => {}
    untold[place] = []
    if (counted) link.ask({ kind: 'restore-counters', counters: counters.pack() }).catch(ignoreLoss)
    const changes = [...liveChanges.values()]
    if (changes.length > 0) link.ask({ kind: 'change-items', changes }).catch(ignoreLoss)
    if (liveItems.size > 0) link.ask({ kind: 'add-items', items: [...liveItems.values()] }).catch(ignoreLoss)
    if (rewordedItems.size > 0)
      link.ask({ kind: 'reword-items', items: [...rewordedItems.values()] }).catch(ignoreLoss)
  }
  const { workers } = options
  const pages = pagesToShare()
  const slots = Array.from(
    { length: workers },
    (_, place) =>
      new WorkerSlot<Informed<CascadeTask>>({
        module,
        workerData: {
          snapshot,
          options: { exploration, shareCounters },
          pages,
          place,
          workers,
        } satisfies CascadeWorkerData,
        onLost: options.onWorkerLost,
        onStart: (link) => tellLive(link, place),
      }),
  )
  const close = async () => {
    await Promise.all(slots.map((slot) => slot.close()))
  }
  try {
    await Promise.all(slots.map((slot) => slot.ready))
  } catch (error) {
    await close()
    throw error
  }

  const load = () => slots.reduce((sum, slot) => sum + slot.load, 0)
  const askOne = <Body>(slot: Slot, task: CascadeTask): Promise<Body> => {
    const place = slots.indexOf(slot)
    const happened = untold[place]
    if (happened.length === 0) return slot.ask<Body>(task)
    untold[place] = []
    return slot.ask<Body>({ ...task, happened })
  }
  const ask: Ask = async (task) => askOne(leastLoaded(slots), task)
  // A thread that dies meanwhile is told when it is started again.
  const tellAll = (task: CascadeTask) => Promise.allSettled(slots.map((slot) => askOne(slot, task)))
  const refuseWhenFull = (budgetMs = Number.POSITIVE_INFINITY) => {
    const wait = service.waitBehind(leastLoaded(slots).load)
    if (load() >= maxLoad * slots.length || wait > budgetMs * MAX_WAIT_SHARE)
      throw new UnavailableError('too many requests are waiting', 'try again in a second')
  }

  async function run(cascade: CascadeRequest): Promise<CascadeResult> {
    const { surface } = cascade.request
    const budgetMs = options.budgetMs?.[surface] ?? surfaceDeclarations[surface].budgetMs
    refuseWhenFull(budgetMs)
    const names = sources[surface]!
    const free = byLoad(slots)
    // One lane per idle worker; a busy pool gains nothing from splitting, nor does a request that is answered at once.
    const idle = free.filter((slot) => slot.load === 0).length
    const lanes = planLanes(names, costs.of, costs.total(names) < SPLIT_FROM_MS ? 1 : Math.max(1, idle)).map(
      (lane) => batchesOf(lane, costs.of, budgetMs),
    )
    if (lanes.length === 1 && lanes[0]!.length === 1) return runWhole(cascade, lanes[0]![0]!, budgetMs)
    const { proposals, missing } = await proposeWithin(cascade, lanes, free, budgetMs)
    if (proposals.length === 0 && missing.length > 0) throw nobodyAnswered(budgetMs)
    return { ...(await ask({ kind: 'finish', cascade, proposals })), missing }
  }

  const nobodyAnswered = (budgetMs: number) =>
    new UnavailableError(`no source answered within ${budgetMs} ms`, 'try again in a second')

  /** One worker does it all: no proposals travel. */
  async function runWhole(
    cascade: CascadeRequest,
    names: string[],
    budgetMs: number,
  ): Promise<CascadeResult> {
    // Of workers that are as free, each gets its share.
    const slot = leastLoaded(slots, cascade.request.items.at(-1))
    const queued = slot.load
    const asked = performance.now()
    const until = Date.now() + budgetMs
    const task: CascadeTask = {
      kind: 'run',
      cascade,
      sources: names,
      until,
    }
    const work = askOne<CascadeAnswers['run']>(slot, task)
    work
      .then((answer) => {
        costs.observe(answer.costs, budgetMs)
        service.observe(performance.now() - asked, queued)
      })
      .catch(() => {})
    const answer = await within(work, budgetMs)
    if (!answer || answer.missing.length === names.length) throw nobodyAnswered(budgetMs)
    return { ...answer.result, missing: answer.missing }
  }

  /** Asks the sources side by side; those that are late or fail are named. */
  async function proposeWithin(
    cascade: CascadeRequest,
    lanes: readonly string[][][],
    free: readonly Slot[],
    budgetMs: number,
  ): Promise<CascadeAnswers['propose']> {
    const until = Date.now() + budgetMs
    const proposals: Proposal[] = []
    const missing: MissingSource[] = []

    const answers = lanes.flatMap((lane, k) => {
      const slot = free[k] ?? leastLoaded(slots)
      return lane.map(async (batch) => {
        const task: CascadeTask = { kind: 'propose', cascade, sources: batch, until }
        const failed = (reason: string) => {
          for (const source of batch) missing.push({ source, reason })
        }
        try {
          const queued = slot.load
          const asked = performance.now()
          const work = askOne<CascadeAnswers['propose']>(slot, task)
          // Late answers count too: that is how the next request knows which source is slow.
          work
            .then((answer) => {
              costs.observe(answer.proposals, budgetMs)
              service.observe(performance.now() - asked, queued)
            })
            .catch(() => {})
          const answer = await within(work, budgetMs)
          if (!answer) return failed(`no answer within ${budgetMs} ms`)
          proposals.push(...answer.proposals)
          missing.push(...answer.missing)
        } catch (error) {
          failed((error as Error).message)
        }
      })
    })
    await Promise.all(answers)
    return { proposals, missing }
  }

  return {
    run,
    close,
    get load() {
      return load()
    },
    async search(query, limit): Promise<SearchHits> {
      refuseWhenFull()
      return ask({ kind: 'search', query, limit })
    },
    async addItems(items) {
      for (const item of items) liveItems.set(item.index, item)
      await tellAll({ kind: 'add-items', items: [...items] })
    },
    async rewordItems(items) {
      for (const item of items) {
        const known = liveItems.get(item.index)
        // It stays as young as it was.
        if (known) liveItems.set(item.index, { ...item, createdAt: known.createdAt })
        else rewordedItems.set(item.index, item)
      }
      await tellAll({ kind: 'reword-items', items: [...items] })
    },
    async changeItems(changes) {
      for (const change of changes) liveChanges.set(change.index, change)
      await tellAll({ kind: 'change-items', changes: [...changes] })
    },
    async count(happened) {
      counted = true
      counters.count(happened)
      for (const [place, known] of untold.entries()) {
        known.push(...happened)
        if (known.length < MAX_UNTOLD) continue
        // A thread that dies meanwhile is told when it is started again.
        askOne(slots[place], { kind: 'count' }).catch(() => {})
      }
    },
  }
}

function sourceNames(snapshot: Snapshot, surface: Surface): string[] {
  return sourceDefinitions
    .filter((definition) => definition.surfaces.includes(surface) && definition.name in snapshot.artefacts)
    .map((definition) => definition.name)
}
