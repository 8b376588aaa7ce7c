/** @file Search in the calling thread: for small tables, and for threads that are many already. */

import { scanKernel } from './kernels.ts'
import { eachList, listOf, localRows } from './lists.ts'
import type { Neighbours } from './neighbours.ts'
import { scanOf, scanOfSome } from './scan-of.ts'
import { rangeCounter, scanShare } from './scan-share.ts'
import type { KernelName, Scan, Scanner } from './scanner.ts'
import type { SearchRequest } from './vector-search.ts'
import type { VectorTable } from './vector-table.ts'

export class LocalSearch {
  readonly #table: VectorTable
  readonly #slot: number
  readonly #scanner: Scanner

  /**
   * @param kernel the fastest that runs here when absent
   * @throws UnavailableError when the kernel does not run here, or 64 threads search the table
   */
  constructor(table: VectorTable, kernel?: KernelName) {
    const chosen = scanKernel(kernel)
    this.#table = table
    this.#slot = table.memory.takeSlot()
    this.#scanner = chosen.open(table.parts, this.#slot)
  }

  /**
   * @returns the rows with the largest scores, per query
   * @throws InvalidOptionError when the request does not fit the table
   */
  search(request: SearchRequest): Neighbours[] {
    const scan = scanOf(this.#table.memory, request)
    const { floors, ...lists } = this.#run(scan, true)
    const found = eachList(lists)
    const short = found.flatMap(({ items }, q) =>
      floors && floors[q] > -Infinity && items.length < scan.k ? [q] : [],
    )
    if (short.length > 0) {
      const again = this.#run(scanOfSome(this.#table.layout, scan, short), false)
      short.forEach((q, n) => {
        found[q] = listOf(again, n)
      })
    }
    return found
  }

  close(): void {
    this.#scanner.close()
    this.#table.memory.giveSlotBack(this.#slot)
  }

  #run(scan: Scan, sample: boolean) {
    return scanShare(this.#scanner, scan, this.#table.layout.blockBytes, rangeCounter(), sample, localRows)
  }
}
