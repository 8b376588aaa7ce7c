/** @file Search by several threads at once: each scans a share of the table, the lists are merged. */

import { InvalidOptionError } from '../base/errors.ts'
import { sharedInt32 } from '../base/shared.ts'
import { workerModule } from '../base/worker-module.ts'
import { defaultThreads, WorkerPool } from '../base/worker-pool.ts'
import { scanKernel } from './kernels.ts'
import { mergeNeighbours } from './merge-neighbours.ts'
import type { Neighbours } from './neighbours.ts'
import { scanOf, scanOfSome } from './scan-of.ts'
import { rangeCounter } from './scan-share.ts'
import type { KernelName, Scan } from './scanner.ts'
import type { PackedShare, SearchThreadData, ShareTask } from './search-worker.ts'
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
  readonly #pool: WorkerPool<ShareTask, PackedShare>
  readonly #slots: number[]
  readonly #segmentsAtStart: number

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
    const shares = await this.#run(scan, true)
    const found = this.#merged(shares, scan)
    const short = found.flatMap(({ items }, q) =>
      items.length < scan.k && shares.some(({ floors }) => floors && floors[q] > Number.NEGATIVE_INFINITY)
        ? [q]
        : [],
    )
    if (short.length > 0) {
      const some = scanOfSome(this.#table.layout, scan, short)
      const again = this.#merged(await this.#run(some, false), some)
      short.forEach((q, n) => {
        found[q] = again[n]
      })
    }
    return found
  }

  async close(): Promise<void> {
    await this.#pool.close()
    for (const slot of this.#slots) this.#table.memory.giveSlotBack(slot)
  }

  #run(scan: Scan, sample: boolean): Promise<PackedShare[]> {
    const task = {
      scan,
      counter: rangeCounter(),
      sample,
      appended: this.#table.parts.segments.slice(this.#segmentsAtStart),
    }
    return this.#pool.runAll(this.#slots.map(() => task))
  }

  #merged(shares: readonly PackedShare[], { batch, k }: Scan): Neighbours[] {
    return Array.from({ length: batch.count }, (_, q) =>
      mergeNeighbours(
        shares.map(({ ends, items, scores }) => {
          const from = q === 0 ? 0 : ends[q - 1]
          return { items: items.subarray(from, ends[q]), scores: scores.subarray(from, ends[q]) }
        }),
        k,
      ),
    )
  }
}
