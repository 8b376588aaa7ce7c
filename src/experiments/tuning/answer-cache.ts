/** @file What sources answer under given options: fitted and asked once, kept as long as trials come back to it. */

import type { Artefact } from '../../base/array-file.ts'
import { InvalidOptionError } from '../../base/errors.ts'
import { silentProgress } from '../../base/progress.ts'
import type { WorkerPool } from '../../base/worker-pool.ts'
import { shareArrays } from '../../evaluation/share.ts'
import { sourceDefinition } from '../../sources/registry.ts'
import type { FitInput } from '../../sources/source.ts'
import { type Answers, BLOCK, type CascadeDone, type CascadeTask } from './cascade-tasks.ts'
import type { Period } from './periods.ts'

/** A source with its options, fitted on one period. */
interface Entry {
  artefact: Promise<Artefact>
  /** By number of the block. */
  blocks: Promise<Answers>[]
}

export class AnswerCache {
  readonly #pool: WorkerPool<CascadeTask, CascadeDone>
  readonly #inputs: FitInput[]
  readonly #capacity: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()

  /**
   * @param threads of every single fit
   * @param capacity sources with their options and period that are kept
   */
  constructor(
    pool: WorkerPool<CascadeTask, CascadeDone>,
    periods: readonly Period[],
    options: { threads: number; seed: number; capacity: number },
  ) {
    this.#pool = pool
    this.#capacity = options.capacity
    this.#inputs = periods.map(({ dataset, graph }) => ({
      dataset,
      graph,
      ...options,
      progress: silentProgress,
    }))
  }

  /** Sources that can serve every period. */
  suitable(sources: readonly string[], optionsOf: (source: string) => unknown): string[] {
    return sources.filter((name) => {
      const definition = sourceDefinition(name)
      const options = definition.options.parse(optionsOf(name) ?? {})
      return this.#inputs.every((input) => !definition.unsuitable?.(input, options))
    })
  }

  /** @returns blocks that hold the first `count` tasks of the period's order */
  async answers(period: number, source: string, options: unknown, count: number): Promise<Answers[]> {
    const entry = this.#entry(period, source, options)
    const artefact = await entry.artefact
    for (let block = entry.blocks.length; block * BLOCK < count; block++) {
      const task: CascadeTask = { kind: 'ask', period, source, artefact, block }
      entry.blocks.push(this.#pool.run(task) as Promise<Answers>)
    }
    return Promise.all(entry.blocks.slice(0, Math.ceil(count / BLOCK)))
  }

  #entry(period: number, source: string, options: unknown): Entry {
    const key = JSON.stringify([period, source, options])
    const entry = this.#entries.get(key) ?? { artefact: this.#fit(period, source, options), blocks: [] }
    this.#entries.delete(key)
    this.#entries.set(key, entry)
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#capacity) break
      this.#entries.delete(oldest)
    }
    return entry
  }

  async #fit(period: number, source: string, options: unknown): Promise<Artefact> {
    const definition = sourceDefinition(source)
    const parsed = definition.options.safeParse(options ?? {})
    if (!parsed.success) {
      const issue = parsed.error.issues[0]!
      throw new InvalidOptionError(`${source}.${issue.path.join('.')}`, undefined, issue.message)
    }
    return shareArrays(await definition.fit(this.#inputs[period]!, parsed.data))
  }
}
