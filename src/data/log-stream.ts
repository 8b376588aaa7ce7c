/**
 * @file Training batches straight from a store's event log, made by a thread ahead of the training, with memory that does not
 * grow with the log. See `docs/guides/networks.md`.
 */

import { InvalidOptionError } from '../base/errors.ts'
import { workerModule } from '../base/worker-module.ts'
import { type BatchSource, batchesFromWorkers, type TrainBatch } from '../nn/batches.ts'
import type { Store } from '../store/store.ts'
import type { EventFilter } from '../store/timeline.ts'
import { type LogExamples, residentBytes } from './log-examples.ts'
import { kindWeights, type PositiveRule } from './positive.ts'
import { readDatasetMeta } from './store-meta.ts'

export interface LogStreamOptions {
  /** Examples in a batch; the last one of an epoch has what is left. */
  batch: number
  /** Items of the user before the event, the last ones, at most. */
  history: number
  /** Shuffles within blocks of so many consecutive events (rounded up to whole batches), in another order each epoch. In time order when left out. */
  shuffle?: { block: number; seed: number }
  /** Replaces the store's rule of which events are positive: those are the examples, and make the histories. */
  positive?: PositiveRule
  /** Only events before this time, in milliseconds since 1970. */
  before?: number
  /** The last position in the log that is read; when left out, the one at hand. A training that goes on keeps its own. */
  until?: number
}

/** Said before anything is allocated: a thread that runs out of memory cannot say what was too large. */
const MOST_BYTES = 8 * 2 ** 30

/** What a checkpoint keeps: with it, batch k of an epoch is the same however far the log has grown. */
type Position = Omit<LogExamples, 'path' | 'size' | 'users'>

/**
 * Examples are the positive events in time order, equal times in the order of the log. A batch has, one for each example,
 * `user`, `item` and `time` (float64, NaN where unknown), and its user's last items before it, oldest first, as jagged rows:
 * `history`, `history/offsets` (one more than examples) and `history/weights` (1/√n): what a `TableInput` takes as bags.
 */
export class LogStream implements BatchSource {
  readonly #store: Store
  #examples: LogExamples
  #source: BatchSource | null = null

  /** @throws InvalidOptionError */
  constructor(store: Store, options: LogStreamOptions) {
    const { batch, history, shuffle, before } = options
    atLeast('batch', batch, 1)
    atLeast('history', history, 0)
    if (shuffle) atLeast('shuffle.block', shuffle.block, 1)
    if (before !== undefined && !Number.isFinite(before))
      throw new InvalidOptionError('before', String(before), 'a time in milliseconds since 1970')
    const positive = options.positive ?? readDatasetMeta(store)?.positive ?? {}
    const kinds = Array.from(kindWeights(positive).keys()).filter((kind) => kindWeights(positive)[kind]! > 0)
    const { minimumRating } = positive
    const until = options.until ?? store.lastEventPosition()
    this.#store = store
    this.#examples = this.#at({
      filter: { kinds, minimumRating, before, until },
      batch,
      history,
      batchesOfBlock: Math.ceil((shuffle?.block ?? 1) / batch),
      seed: shuffle?.seed ?? null,
    })
    if (this.residentBytes > MOST_BYTES) {
      const needed = `${(this.residentBytes / 2 ** 30).toFixed(1)} GiB are needed, a stream has ${MOST_BYTES / 2 ** 30}`
      throw new InvalidOptionError('batch, history and shuffle.block', batch, `less: ${needed}`)
    }
  }

  /** In an epoch. */
  get examples(): number {
    return this.#examples.size.events
  }

  get count(): number {
    return Math.ceil(this.examples / this.#examples.batch)
  }

  /** Numbers of users and items are below these; `store.idsOf` has their ids. */
  get users(): number {
    return this.#examples.users
  }

  get items(): number {
    return this.#store.counts().items
  }

  /** Bytes that the thread keeps in arrays: the last items of every user, one block, and one batch. */
  get residentBytes(): number {
    return residentBytes(this.#examples)
  }

  get state(): Position {
    const { path: _path, size: _size, users: _users, ...position } = this.#examples
    return position
  }

  /** @throws InvalidOptionError when the training began with other options: only the log may have grown */
  resume(state: unknown): void {
    const before = state as Partial<Position> | null
    const until = before?.filter?.until ?? this.state.filter.until
    const now = { ...this.state, filter: { ...this.state.filter, until } }
    // As JSON, since that is what a checkpoint keeps: what is undefined is not there.
    if (JSON.stringify(now) !== JSON.stringify(before))
      throw new InvalidOptionError('log stream', JSON.stringify(now), JSON.stringify(before), 'give those')
    if (until === this.state.filter.until) return
    if (this.#source) throw new InvalidOptionError('log stream', 'begun', 'one that nothing was asked of')
    this.#examples = this.#at(now)
  }

  batch(epoch: number, index: number): TrainBatch | Promise<TrainBatch> {
    this.#source ??= batchesFromWorkers(
      workerModule(import.meta.url, './log-stream-worker'),
      this.#examples,
      {
        count: this.count,
        // Each batch needs what came before it.
        threads: 1,
      },
    )
    return this.#source.batch(epoch, index)
  }

  release(batch: TrainBatch): void {
    this.#source?.release?.(batch)
  }

  async close(): Promise<void> {
    await this.#source?.close?.()
  }

  #at(position: Position & { filter: EventFilter }): LogExamples {
    const { path } = this.#store
    return {
      ...position,
      path,
      size: this.#store.timelineSize(position.filter),
      users: this.#store.counts().users,
    }
  }
}

function atLeast(field: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least)
    throw new InvalidOptionError(field, value, `a whole number ≥ ${least}`)
}
