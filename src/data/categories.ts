/** @file Builds a column of few distinct texts, code by code. */

import { sharedUint32 } from '../base/shared.ts'
import { stringColumn } from '../base/string-column.ts'
import type { AttributeValue } from '../store/records.ts'
import type { Categories } from './dataset.ts'
import { gather } from './order.ts'

/** Codes are given in order of first appearance after reordering, so that equal data gives equal codes. */
export class CategoriesBuilder {
  readonly #codes = new Map<string, number>([['', 0]])
  readonly #rows: number[] = []

  add(value: AttributeValue | undefined): void {
    const label = value === undefined ? '' : String(value)
    let code = this.#codes.get(label)
    if (code === undefined) {
      code = this.#codes.size
      this.#codes.set(label, code)
    }
    this.#rows.push(code)
  }

  /** @param order row k of the result is the `order[k]`-th value added */
  build(order: Uint32Array): Categories {
    const codes = gather(Uint32Array.from(this.#rows), order, sharedUint32(order.length))
    const labels = [...this.#codes.keys()]
    const renumbered = new Uint32Array(labels.length)
    const ordered = ['']
    for (let k = 0; k < codes.length; k++) {
      const code = codes[k]
      if (code !== 0 && renumbered[code] === 0) {
        renumbered[code] = ordered.length
        ordered.push(labels[code])
      }
      codes[k] = renumbered[code]
    }
    return { codes, labels: stringColumn(ordered) }
  }
}
