/** @file What sources answer under given options: fitted and asked once, kept as long as trials come back to it. */

import type { Artefact } from '../../base/array-file.ts'
import { parseOptions } from '../../base/parse-options.ts'
import { silentProgress } from '../../base/progress.ts'
import type { WorkerPool } from '../../base/worker-pool.ts'
import { shareArrays } from '../../evaluation/share.ts'
import { sourceDefinition } from '../../sources/registry.ts'
import type { FitInput } from '../../sources/source.ts'
import { type Answers, type Asking, BLOCK, type CascadeDone, type CascadeTask } from './cascade-tasks.ts'
import type { Period } from './periods.ts'

export class AnswerCache {
  readonly #pool: WorkerPool<CascadeTask, CascadeDone>
  readonly #inputs: FitInput[]
  readonly #capacity: number
  /** Sources with their options, fitted on a period; least recently used first, as below. */
  readonly #artefacts = new Map<string, Promise<Artefact>>()
  /** What those answered when asked in some way, by number of the block. */
  readonly #answers = new Map<string, Promise<Answers>[]>()

  /**
   * @param threads of every single fit
   * @param capacity fits, and ways of asking them, that are kept
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
  async answers(
    period: number,
    source: string,
    options: unknown,
    asking: Asking,
    count: number,
  ): Promise<Answers[]> {
    const fitted = [period, source, options]
    const artefact = await this.#kept(this.#artefacts, fitted, () => this.#fit(period, source, options))
    const blocks = this.#kept(this.#answers, [...fitted, asking], () => [])
    for (let block = blocks.length; block * BLOCK < count; block++) {
      const task: CascadeTask = { kind: 'ask', period, source, artefact, block, asking }
      blocks.push(this.#pool.run(task) as Promise<Answers>)
    }
    return Promise.all(blocks.slice(0, Math.ceil(count / BLOCK)))
  }

  #kept<Value>(known: Map<string, Value>, named: unknown, make: () => Value): Value {
    const key = JSON.stringify(named)
    const value = known.get(key) ?? make()
    known.delete(key)
    known.set(key, value)
    for (const oldest of known.keys()) {
      if (known.size <= this.#capacity) break
      known.delete(oldest)
    }
    return value
  }

  async #fit(period: number, source: string, options: unknown): Promise<Artefact> {
    const definition = sourceDefinition(source)
    const parsed = parseOptions(source, definition.options, options)
    return shareArrays(await definition.fit(this.#inputs[period]!, parsed))
  }
}
