/** @file The kernel in C++ with the processor's own integer products, see `kernels/native/`; optional, built at install. */

import { UnavailableError } from '../base/errors.ts'
import { loadNative } from '../base/native-module.ts'
import { type Allocate, endsOf, type Lists } from './lists.ts'
import type { Neighbours } from './neighbours.ts'
import type { Scan, ScanKernel, Scanner } from './scanner.ts'
import { FORMATS, layoutOf, type TableLayout } from './table-layout.ts'
import type { TableParts } from './table-memory.ts'

/** What the module was compiled for; a processor runs those that it has, the first of them when nobody says. */
export const INSTRUCTIONS = ['amx-int8', 'avx512-vnni', 'avx2', 'neon-dotprod', 'scalar'] as const
export type Instructions = (typeof INSTRUCTIONS)[number]

/** A scanner on the other side. */
type Handle = { readonly native: unique symbol }

/** Exports of `kernels/native/module.cpp`. What is given must stay alive until `finish`. */
interface NativeModule {
  /** What this processor runs when nobody says. */
  instructions(): Instructions
  open(layout: Float64Array, instructions?: Instructions): Handle | null
  addSegment(handle: Handle, bytes: Uint8Array, plane?: Uint8Array): void
  begin(
    handle: Handle,
    queries: Uint8Array,
    scales: Float32Array,
    norms: Float32Array,
    k: number,
    program?: Uint8Array,
    allowed?: Uint32Array,
    floors?: Float32Array,
  ): void
  scan(handle: Handle, from: number, to: number): void
  finish(handle: Handle, counts: Uint32Array): void
  take(handle: Handle, rows: Uint32Array, scores: Float32Array): void
  merge(
    rowsA: Uint32Array,
    scoresA: Float32Array,
    rowsB: Uint32Array,
    scoresB: Float32Array,
    rows: Uint32Array,
    scores: Float32Array,
  ): void
}

/** Names others than the best, to compare them or to do without. */
const named = (process.env.LABRADOR_INSTRUCTIONS || undefined) as Instructions | undefined

export const nativeKernel: ScanKernel = nativeKernelWith(named)

/** @returns the instructions that `nativeKernel` runs, null when the module is not there */
export function nativeInstructions(): Instructions | null {
  const module = load()
  return module && (named ?? module.instructions())
}

/** @param instructions the best that the processor has, when absent */
export function nativeKernelWith(instructions?: Instructions): ScanKernel {
  return {
    name: 'native',
    isAvailable: () => load() !== null,
    open(parts) {
      const module = load()
      if (!module)
        throw new UnavailableError(
          'the native kernel is not there',
          'build it with a C++ compiler: `npm run build:kernels`; the WebAssembly kernel runs without',
        )
      const handle = module.open(layoutNumbers(layoutOf(parts.shape, parts.segmentBytes)), instructions)
      if (!handle)
        throw new UnavailableError(
          `this processor has no ${instructions}`,
          `there are ${INSTRUCTIONS.join(', ')}; it runs ${module.instructions()} when LABRADOR_INSTRUCTIONS says nothing`,
        )
      return new NativeScanner(module, handle, parts)
    },
  }
}

/**
 * Merges two lists, best first, into a third, which is no longer than both together.
 *
 * @returns false when the module is not there: then nothing was done
 */
export function mergeNatively(a: Neighbours, b: Neighbours, into: Neighbours): boolean {
  const module = load()
  module?.merge(a.items, a.scores, b.items, b.scores, into.items, into.scores)
  return module !== null
}

class NativeScanner implements Scanner {
  readonly #module: NativeModule
  readonly #handle: Handle
  readonly #parts: TableParts
  /** Views that keep the segments' memory alive; it grows in place, so they need not be renewed. */
  readonly #segments: { bytes: Uint8Array; plane?: Uint8Array }[] = []
  #scan: Scan | null = null

  constructor(module: NativeModule, handle: Handle, parts: TableParts) {
    this.#module = module
    this.#handle = handle
    this.#parts = parts
  }

  begin(scan: Scan): void {
    for (let k = this.#segments.length; k < this.#parts.segments.length; k++) {
      const bytes = new Uint8Array(this.#parts.segments[k].buffer)
      const planeMemory = this.#parts.planes[k]
      const plane = planeMemory && new Uint8Array(planeMemory.buffer)
      this.#segments.push({ bytes, plane })
      this.#module.addSegment(this.#handle, bytes, plane)
    }
    this.#scan = scan
    const { batch, k, filter, allowed, floors } = scan
    this.#module.begin(
      this.#handle,
      batch.bytes,
      batch.scales,
      batch.norms,
      k,
      filter?.bytes,
      allowed,
      floors,
    )
  }

  scan(from: number, to: number): void {
    this.#module.scan(this.#handle, from, to)
  }

  finish(allocate: Allocate): Lists {
    const counts = new Uint32Array(this.#scan?.batch.count ?? 0)
    this.#module.finish(this.#handle, counts)
    this.#scan = null
    const ends = endsOf(counts)
    const { items, scores } = allocate(ends.at(-1) ?? 0)
    this.#module.take(this.#handle, items, scores)
    return { ends, items, scores }
  }

  close(): void {
    this.#segments.length = 0
  }
}

const load = () => loadNative<NativeModule>('scan')

/** In the order of `kernels/native/module.cpp`. */
function layoutNumbers(layout: TableLayout): Float64Array {
  return Float64Array.of(
    FORMATS.indexOf(layout.shape.format),
    layout.shape.dim,
    layout.stride,
    layout.queryStride,
    layout.blockBytes,
    layout.scalesAt,
    layout.normsAt,
    layout.rowsAt,
    layout.blocksAt,
    layout.blocksPerSegment,
    layout.approximation?.scalesAt ?? 0,
    layout.approximation?.normsAt ?? 0,
    layout.approximation?.valuesAt ?? 0,
    layout.approximation?.bytes ?? 0,
  )
}
