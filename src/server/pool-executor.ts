/** @file Runs cascades on worker threads over one shared snapshot: the sources of a request side by side, within a budget. */

import { setTimeout as sleep } from 'node:timers/promises'
import { UnavailableError } from '../base/errors.ts'
import { workerModule } from '../base/worker-module.ts'
import type { CascadeRequest, CascadeResult, Proposal } from '../cascade/cascade.ts'
import type { Executor, SearchHits } from '../cascade/executor.ts'
import { candidatesWanted } from '../cascade/local-executor.ts'
import type { Snapshot } from '../cascade/snapshot.ts'
import { surfaceDeclarations } from '../cascade/surfaces.ts'
import { sourceDefinitions } from '../sources/registry.ts'
import { SURFACES, type Surface } from '../sources/request.ts'
import type { LiveItem } from '../sources/source.ts'
import { planLanes } from './lanes.ts'
import type { CascadeAnswers, CascadeTask } from './messages.ts'
import { WorkerLink } from './worker-link.ts'

/** Requests waiting per worker before new ones are turned away: more would only wait past their budget. */
const MAX_LOAD = 64
/** Weight of the newest measurement in a source's running cost. */
const COST_GAIN = 0.05

type Ask = <Kind extends CascadeTask['kind']>(
  task: Extract<CascadeTask, { kind: Kind }>,
) => Promise<CascadeAnswers[Kind]>

export interface PoolOptions {
  workers: number
  onWorkerLost(error: Error): void
}

/** Starts the workers; a worker that dies is replaced and told of all live items. */
export function poolExecutor(snapshot: Snapshot, options: PoolOptions): Executor & { readonly load: number } {
  const module = workerModule(import.meta.url, './cascade-worker')
  const liveItems: LiveItem[] = []
  const liveHidden = new Map<number, boolean>()
  const links: WorkerLink<CascadeTask>[] = []
  const costMs = new Map<string, number>()
  const sources = Object.fromEntries(SURFACES.map((surface) => [surface, sourceNames(snapshot, surface)]))

  const start = (slot: number) => {
    const link = new WorkerLink<CascadeTask>(module, snapshot, (error) => {
      options.onWorkerLost(error)
      start(slot)
    })
    links[slot] = link
    const ignoreLoss = () => {}
    if (liveItems.length > 0) link.ask({ kind: 'add-items', items: liveItems }).catch(ignoreLoss)
    if (liveHidden.size > 0) {
      const items = [...liveHidden].map(([index, hidden]) => ({ index, hidden }))
      link.ask({ kind: 'set-hidden', items }).catch(ignoreLoss)
    }
  }
  for (let slot = 0; slot < options.workers; slot++) start(slot)

  const byLoad = () => [...links].sort((a, b) => a.load - b.load)
  const load = () => links.reduce((sum, link) => sum + link.load, 0)
  const ask: Ask = (task) => byLoad()[0]!.ask(task)
  const askAll = async (task: CascadeTask) => {
    await Promise.all(links.map((link) => link.ask(task)))
  }

  async function run(cascade: CascadeRequest): Promise<CascadeResult> {
    if (load() > MAX_LOAD * links.length)
      throw new UnavailableError('too many requests are waiting', 'try again in a second')
    const { surface } = cascade.request
    const limit = candidatesWanted(cascade)
    const free = byLoad()
    // One lane per idle worker; a busy pool gains nothing from splitting.
    const idle = free.filter((link) => link.load === 0).length
    const lanes = planLanes(sources[surface]!, (name) => costMs.get(name) ?? 1, Math.max(1, idle))
    const { budgetMs } = surfaceDeclarations[surface]
    const deadline = new AbortController()
    const late = sleep(budgetMs, null, { signal: deadline.signal }).catch(() => null)
    const missing: CascadeResult['missing'] = []
    const answers = lanes.map(async (names, lane): Promise<Proposal[]> => {
      const failed = (reason: string) => {
        for (const source of names) missing.push({ source, reason })
        return []
      }
      const work = free[lane]!.ask<Proposal[]>({ kind: 'propose', cascade, limit, sources: names })
      const proposals = await Promise.race([work, late]).catch((error: Error) => failed(error.message))
      return proposals ?? failed(`no answer within ${budgetMs} ms`)
    })
    const proposals = (await Promise.all(answers)).flat()
    deadline.abort()
    for (const { source, ms } of proposals) {
      costMs.set(source, (1 - COST_GAIN) * (costMs.get(source) ?? ms) + COST_GAIN * ms)
    }
    const result = await ask({ kind: 'finish', cascade, proposals })
    return { ...result, missing }
  }

  return {
    run,
    get load() {
      return load()
    },
    search: (query, limit): Promise<SearchHits> => ask({ kind: 'search', query, limit }),
    async addItems(items) {
      liveItems.push(...items)
      await askAll({ kind: 'add-items', items: [...items] })
    },
    async setHidden(items) {
      for (const { index, hidden } of items) liveHidden.set(index, hidden)
      await askAll({ kind: 'set-hidden', items: [...items] })
    },
    async close() {
      await Promise.all(links.map((link) => link.close()))
    },
  }
}

function sourceNames(snapshot: Snapshot, surface: Surface): string[] {
  return sourceDefinitions
    .filter((definition) => definition.surfaces.includes(surface) && definition.name in snapshot.artefacts)
    .map((definition) => definition.name)
}
