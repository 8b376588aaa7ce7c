/** @file Search by several threads at once: each scans a share of the table, the lists are merged. */

import { InvalidOptionError } from '../base/errors.ts'
import { sharedInt32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { defaultThreads, WorkerPool } from '../base/worker-pool.ts'
import { scanKernel } from './kernels.ts'
import { listOf } from './lists.ts'
import { mergeNeighbours } from './merge-neighbours.ts'
import { foundTogether, gathering, roomFor, TOGETHER_LEAST } from './merge-together.ts'
import type { Neighbours } from './neighbours.ts'
import { scanOf, scanOfSome } from './scan-of.ts'
import { rangeCounter, type Share } from './scan-share.ts'
import type { KernelName, Scan } from './scanner.ts'
import type { SearchThreadData, ShareTask } from './search-worker.ts'
import { SCRATCH_SLOTS } from './table-layout.ts'
import type { SearchRequest, VectorSearch } from './vector-search.ts'
import type { VectorTable } from './vector-table.ts'

export interface ThreadedSearchOptions {
  /** All that the machine offers when absent. */
  threads?: number
  /** The fastest that runs here when absent. */
  kernel?: KernelName
}

/** Opened in the thread that made the table, as only that one learns of new segments. */
export class ThreadedSearch implements VectorSearch {
  readonly #table: VectorTable
  readonly #pool: WorkerPool<ShareTask, Share>
  readonly #slots: number[]
  readonly #segmentsAtStart: number
  #room: Neighbours[] | null = null

  /** @throws UnavailableError when the kernel does not run here, or 64 threads search the table */
  constructor(table: VectorTable, { threads = defaultThreads(), kernel }: ThreadedSearchOptions = {}) {
    if (!Number.isInteger(threads) || threads < 1 || threads > SCRATCH_SLOTS)
      throw new InvalidOptionError('threads', threads, `an integer from 1 to ${SCRATCH_SLOTS}`)
    const { name } = scanKernel(kernel)
    this.#table = table
    this.#slots = Array.from({ length: threads }, () => table.memory.takeSlot())
    this.#segmentsAtStart = table.parts.segments.length
    const data: SearchThreadData = {
      parts: table.parts,
      kernel: name,
      slots: this.#slots,
      taken: sharedInt32(1),
    }
    this.#pool = new WorkerPool(workerModule(import.meta.url, './search-worker'), threads, data)
  }

  async search(request: SearchRequest): Promise<Neighbours[]> {
    const scan = scanOf(this.#table.memory, request)
    if (scan.batch.count === 0) return []
    const { found, shares } = await this.#run(scan, true)
    const short = found.flatMap(({ items }, q) =>
      items.length < scan.k && shares.some(({ floors }) => floors && floors[q] > Number.NEGATIVE_INFINITY)
        ? [q]
        : [],
    )
    if (short.length > 0) {
      const some = scanOfSome(this.#table.layout, scan, short)
      const again = await this.#run(some, false)
      short.forEach((q, n) => {
        found[q] = again.found[n]
      })
    }
    return found
  }

  async close(): Promise<void> {
    await this.#pool.close()
    for (const slot of this.#slots) this.#table.memory.giveSlotBack(slot)
  }

  async #run(scan: Scan, sample: boolean): Promise<{ found: Neighbours[]; shares: Share[] }> {
    const { batch, k } = scan
    const threads = this.#slots.length
    const together = threads > 1 && batch.count === 1 && k >= TOGETHER_LEAST
    const room = together ? this.#takeRoom(k) : null
    const task = {
      scan,
      counter: rangeCounter(),
      sample,
      appended: {
        segments: this.#table.parts.segments.slice(this.#segmentsAtStart),
        planes: this.#table.parts.planes.slice(this.#segmentsAtStart),
      },
      gathering: room ? gathering(room, k) : undefined,
    }
    const shares = await this.#pool.runAll(this.#slots.map((_, part) => ({ ...task, part })))
    if (room) this.#room = room
    const found = task.gathering
      ? [foundTogether(task.gathering)]
      : Array.from({ length: batch.count }, (_, q) =>
          mergeNeighbours(
            shares.map((share) => listOf(share, q)),
            k,
          ),
        )
    return { found, shares }
  }

  /** Memory for the threads' lists that an earlier search has left, as touching it for the first time takes long. */
  #takeRoom(k: number): Neighbours[] {
    const room = this.#room
    this.#room = null
    const fits = room && k <= room[0].items.length && 4 * k >= room[0].items.length
    return fits ? room : roomFor(this.#slots.length, k)
  }
}
