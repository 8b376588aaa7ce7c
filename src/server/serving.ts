/**
 * @file The recommender that answers now, and how one over another snapshot takes its place: it is opened beside the old
 * one, told what happened since it was fitted, and put in its place between two requests. Requests under way end where
 * they began.
 */

import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Progress } from '../base/progress.ts'
import type { DurableLog, Recommender } from '../cascade/recommender.ts'
import { type ReplayedTo, replay, replayFrom } from '../cascade/replay.ts'
import type { Store } from '../store/store.ts'
import { HandOver } from './hand-over.ts'
import type { PoolExecutor } from './pool-executor.ts'

/** A recommender over one snapshot, with the threads that answer for it. */
export interface Opened {
  recommender: Recommender
  executor: PoolExecutor
}

export interface ServingParts {
  log: DurableLog
  /** Opens a snapshot: reads it, starts threads, warms them. */
  open(name: string, log: DurableLog): Promise<Opened>
  /** A connection of its own to read the log from; closed again. */
  openStore(): Store
  progress: Progress
}

/** Why an active snapshot does not serve. */
export interface RefusedSnapshot {
  snapshot: string
  reason: string
}

interface Generation extends Opened {
  name: string
  /** Questions under way. */
  users: number
  state: 'open' | 'retired' | 'closed'
}

/** Before writes are held, what came in meanwhile is read so often: the last rest is what came during a short reading. */
const READINGS = 2

export class Serving {
  readonly #parts: ServingParts
  readonly #handOver: HandOver
  #current: Generation | null = null
  readonly #retiring = new Set<Promise<void>>()
  #loading: string | null = null
  #refused: RefusedSnapshot | null = null

  private constructor(parts: ServingParts) {
    this.#parts = parts
    this.#handOver = new HandOver(parts.log)
  }

  /** @throws what `open` throws for a snapshot that cannot be served */
  static async open(parts: ServingParts, name: string): Promise<Serving> {
    const serving = new Serving(parts)
    await serving.#take(name)
    return serving
  }

  get recommender(): Recommender {
    return this.#current!.recommender
  }

  /** Tasks that the workers hold. */
  get waiting(): number {
    return this.#current!.executor.load
  }

  /** Name of the snapshot that answers. */
  get name(): string {
    return this.#current!.name
  }

  /** Name of the snapshot that is being opened. */
  get loading(): string | null {
    return this.#loading
  }

  /** The snapshot that was to take over and could not. */
  get refused(): RefusedSnapshot | null {
    return this.#refused
  }

  /** Asks the recommender of now, which stays open until the answer is there whatever takes its place. */
  async use<T>(ask: (recommender: Recommender) => Promise<T>): Promise<T> {
    const generation = this.#current!
    generation.users++
    try {
      return await ask(generation.recommender)
    } finally {
      generation.users--
      this.#closeWhenLeft(generation)
    }
  }

  /**
   * Puts another snapshot in the place of the one that answers. One that cannot be served leaves everything as it is.
   *
   * @returns whether it answers now; `refused` says why not
   */
  async change(name: string): Promise<boolean> {
    this.#loading = name
    try {
      await this.#take(name)
      this.#refused = null
      return true
    } catch (error) {
      this.#refused = { snapshot: name, reason: (error as Error).message }
      return false
    } finally {
      this.#loading = null
    }
  }

  /** What was to be served is what is served. */
  forgetRefused(): void {
    this.#refused = null
  }

  async close(): Promise<void> {
    await this.#current?.recommender.close()
    await Promise.all(this.#retiring)
  }

  async #take(name: string): Promise<void> {
    this.#handOver.noteItems(true)
    try {
      await this.#openAndChange(name)
    } finally {
      this.#handOver.noteItems(false)
    }
  }

  async #openAndChange(name: string): Promise<void> {
    const next: { generation: Generation | null } = { generation: null }
    const successor = () => {
      const current = this.#current
      return next.generation === null || current === null || current === next.generation
        ? null
        : current.recommender
    }
    const opened = await this.#parts.open(name, this.#handOver.logFor(successor))
    next.generation = { ...opened, name, users: 0, state: 'open' }
    try {
      await this.#catchUp(next.generation)
    } catch (error) {
      await opened.recommender.close()
      throw error
    }
  }

  /** Tells a recommender what the store got since its snapshot was made, and lets it answer from then on. */
  async #catchUp(generation: Generation): Promise<void> {
    const { recommender } = generation
    const replaying = this.#parts.progress.start('Replaying what came after the fit')
    const store = this.#parts.openStore()
    try {
      let read: ReplayedTo = await replay(store, recommender, nextTurn)
      for (let k = 1; k < READINGS; k++) read = await replayFrom(store, recommender, read, nextTurn)
      await this.#handOver.whileStill(async (items) => {
        await recommender.replayItems(items.filter((item) => recommender.differs(item)))
        await replayFrom(store, recommender, read)
        const former = this.#current
        this.#current = generation
        if (former) this.#retire(former)
      })
    } finally {
      store.close()
      replaying.end()
    }
  }

  #retire(generation: Generation): void {
    generation.state = 'retired'
    this.#closeWhenLeft(generation)
  }

  #closeWhenLeft(generation: Generation): void {
    if (generation.state !== 'retired' || generation.users > 0) return
    generation.state = 'closed'
    const closing = generation.recommender.close().finally(() => this.#retiring.delete(closing))
    this.#retiring.add(closing)
  }
}
