/** @file The reject file: one JSON line per row that was not imported, in step with what the store has committed. */

import { closeSync, ftruncateSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

/** A line of a reject file. */
export interface Reject {
  file: string
  /** 1-based; counts the header. In Parquet files, the number of the row. */
  line: number
  field: string
  value: string
  reason: string
}

/**
 * Appends rejects before their block is committed. What a killed import wrote beyond its last commit is cut off when it
 * is taken up again, so that each bad row stands there once.
 */
export class RejectFile {
  readonly path: string
  #file: number | null = null
  #length: number

  /** @param length bytes that are committed */
  constructor(path: string, length: number) {
    this.path = path
    this.#length = length
  }

  /** Bytes in the file, to be committed with the block. */
  get length(): number {
    return this.#length
  }

  write(rejects: readonly Reject[]): void {
    if (rejects.length === 0) return
    const text = Buffer.from(rejects.map((reject) => `${JSON.stringify(reject)}\n`).join(''))
    const file = this.#open()
    for (let at = 0; at < text.length; ) at += writeSync(file, text, at, text.length - at, this.#length + at)
    this.#length += text.length
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file)
    this.#file = null
  }

  #open(): number {
    if (this.#file !== null) return this.#file
    mkdirSync(dirname(this.path), { recursive: true })
    if (this.#length === 0) rmSync(this.path, { force: true })
    // Not `a`: an appending descriptor ignores positions.
    this.#file = openSync(this.path, this.#length === 0 ? 'w' : 'r+')
    ftruncateSync(this.#file, this.#length)
    return this.#file
  }
}
