/**
 * @file Search on a GPU: the table's blocks lie in its memory, queries are scored in batches, the best rows are collected
 * and selected there. Integer formats give the bits that the other kernels give.
 */

import { INT4_OFFSET } from './encode.ts'
import type { FilterProgram } from './filter.ts'
import type { Neighbours } from './neighbours.ts'
import { scanOf, scanOfSome } from './scan-of.ts'
import { roomFor, type ScanPiece, scanPieces } from './scan-pieces.ts'
import type { Scan } from './scanner.ts'
import { STEP_BYTES } from './scratch.ts'
import type { TableLayout } from './table-layout.ts'
import type { SearchRequest, VectorSearch } from './vector-search.ts'
import type { VectorTable } from './vector-table.ts'
import { GpuBlocks } from './webgpu-blocks.ts'
import { BufferUsage, type GpuDevice, openGpu, readBack } from './webgpu-device.ts'
import {
  PARAMETERS,
  type Parameters,
  queryPieces,
  type ShaderOptions,
  scoreShader,
  selectShader,
  THREAD_ROWS,
} from './webgpu-shaders.ts'

export interface WebGpuOptions {
  /** Size of the largest buffer of rows; what the device can bind when absent. */
  bufferBytes?: number
  /** Multiplies int8 without the shader language's packed products, as on devices that lack them. */
  unpacked?: boolean
  /** Queries that a thread of the GPU scores at once: 8 when absent, fewer where the processor plays the GPU. */
  threadQueries?: number
}

const THREAD_QUERIES = 8
const SOFTWARE_QUERIES = 1

/** Rows collected for all queries of one pass take no more. */
const COLLECTED_BYTES = 256 * 2 ** 20
/** Dispatches have so many groups in one dimension. */
const COLUMNS_MOST = 65_535
/** Where parameters of a dispatch may begin. */
const PARAMETER_BYTES = 256
/** Passes over rows in their order may lose some, which is seen; after so many it goes in small pieces. */
const HASTY_PASSES = 2
/** The lowest limit: everything is better. */
const NO_LIMIT = Uint32Array.of(0, 0xffffffff)

interface Programs {
  score: GPUComputePipeline
  select: GPUComputePipeline
  threadQueries: number
}

export class WebGpuSearch implements VectorSearch {
  readonly #table: VectorTable
  readonly #gpu: GpuDevice
  readonly #blocks: GpuBlocks
  readonly #programs: Programs
  /** One search after the other: they share the GPU anyway. */
  #last: Promise<unknown> = Promise.resolve()

  private constructor(table: VectorTable, gpu: GpuDevice, blocks: GpuBlocks, programs: Programs) {
    this.#table = table
    this.#gpu = gpu
    this.#blocks = blocks
    this.#programs = programs
  }

  /**
   * Opens the GPU and copies the table to it; later writes follow before each search.
   *
   * @throws UnavailableError when the package `webgpu`, a driver or exact arithmetic is missing; InsufficientMemoryError
   */
  static async open(table: VectorTable, options: WebGpuOptions = {}): Promise<WebGpuSearch> {
    const gpu = await openGpu()
    const { device } = gpu
    const blocks = new GpuBlocks(table, gpu, options.bufferBytes)
    const shader: ShaderOptions = {
      packedDots: gpu.packedDots && !options.unpacked,
      threadQueries: options.threadQueries ?? (gpu.software ? SOFTWARE_QUERIES : THREAD_QUERIES),
    }
    const [score, select] = await Promise.all([
      pipelineOf(device, scoreShader(table.layout, shader), ['r', 'r', 'r', 'r', 'rw', 'rw', 'r', 'r']),
      selectPipeline(device),
    ])
    await blocks.renew()
    return new WebGpuSearch(table, gpu, blocks, { score, select, ...shader })
  }

  /** The GPU, as its driver calls it. */
  get device(): string {
    return this.#gpu.name
  }

  search(request: SearchRequest): Promise<Neighbours[]> {
    const found = this.#last.then(() => this.#search(request))
    this.#last = found.catch(() => undefined)
    return found
  }

  async close(): Promise<void> {
    await this.#last
    this.#blocks.destroy()
  }

  async #search(request: SearchRequest): Promise<Neighbours[]> {
    const scan = scanOf(this.#table.memory, request)
    const blocks = await this.#blocks.renew()
    const room = roomFor(scan.k)
    const most = Math.min(COLLECTED_BYTES, this.#gpu.bindingBytes)
    const passQueries = Math.max(1, Math.floor(most / (8 * room)))
    const found: Neighbours[] = []
    for (let from = 0; from < scan.batch.count; from += passQueries) {
      const count = Math.min(passQueries, scan.batch.count - from)
      const some = Array.from({ length: count }, (_, n) => from + n)
      found.push(...(await this.#pass(scanOfSome(this.#table.layout, scan, some), blocks)))
    }
    return found
  }

  /** Repeats what has lost rows, with the limits that it has reached. */
  async #pass(scan: Scan, blocks: number): Promise<Neighbours[]> {
    const counts = this.#blocks.buffers.map(({ firstBlock, room }) =>
      Math.max(0, Math.min(room, blocks - firstBlock)),
    )
    const { count } = scan.batch
    const limits = new Uint32Array(2 * count)
    for (let q = 0; q < count; q++) limits.set(NO_LIMIT, 2 * q)
    for (let turn = 0; ; turn++) {
      const pieces = scanPieces(counts, scan.k, turn >= HASTY_PASSES)
      const run = new Run(this.#gpu, this.#table.layout, this.#programs, scan, limits)
      const { found, lost, reached } = await run.over(this.#blocks, pieces)
      if (!lost) return found
      limits.set(reached)
    }
  }
}

/** One pass of a batch over the table, with its buffers. */
class Run {
  readonly #gpu: GpuDevice
  readonly #layout: TableLayout
  readonly #programs: Programs
  readonly #scan: Scan
  readonly #limits: Uint32Array<ArrayBuffer>
  readonly #buffers: GPUBuffer[] = []

  constructor(
    gpu: GpuDevice,
    layout: TableLayout,
    programs: Programs,
    scan: Scan,
    limits: Uint32Array<ArrayBuffer>,
  ) {
    this.#gpu = gpu
    this.#layout = layout
    this.#programs = programs
    this.#scan = scan
    this.#limits = limits
  }

  async over(
    blocks: GpuBlocks,
    pieces: readonly ScanPiece[],
  ): Promise<{ found: Neighbours[]; lost: boolean; reached: Uint32Array }> {
    const { device } = this.#gpu
    const { batch, k, filter, allowed } = this.#scan
    const { score, select, threadQueries } = this.#programs
    const room = roomFor(k)
    // Whole groups of queries are read, whatever lies there.
    const padded = Math.ceil(batch.count / threadQueries) * threadQueries
    const queries = this.#filled(queryWords(this.#layout, this.#scan, padded))
    const about = this.#filled(aboutQueries(this.#layout, this.#scan))
    const program = this.#filled(programWords(filter))
    const bitmap = this.#filled(allowed && allowed.length > 0 ? allowed : new Uint32Array(1))
    const limits = this.#filled(this.#limits)
    const counts = this.#filled(new Uint32Array(batch.count))
    const lost = this.#filled(new Uint32Array(batch.count))
    const collected = this.#buffer(8 * room * batch.count)
    const parameters = this.#filled(
      parameterWords(
        pieces.map(({ buffer, from, blocks: count }) => ({
          firstBlock: from,
          blocks: count,
          firstRow: blocks.buffers[buffer].firstBlock * 64,
          queries: batch.count,
          columns: columnsOf(count),
          steps: filter?.steps ?? 0,
          // A bitmap that is empty allows nothing; its buffer has one word, which is zero.
          allowedWords: allowed ? Math.max(1, allowed.length) : 0,
          capacity: room,
          wanted: k,
        })),
      ),
      BufferUsage.uniform,
    )
    const bind = (pipeline: GPUComputePipeline, buffers: readonly GPUBuffer[]) =>
      device.createBindGroup({
        layout: pipeline.getBindGroupLayout(0),
        entries: [
          { binding: 0, resource: { buffer: parameters, size: 4 * PARAMETERS.length } },
          ...buffers.map((buffer, n) => ({ binding: n + 1, resource: { buffer } })),
        ],
      })
    const scoring = blocks.buffers.map(({ buffer }) =>
      bind(score, [buffer, queries, about, limits, counts, collected, program, bitmap]),
    )
    const selecting = bind(select, [limits, counts, lost, collected])

    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pieces.forEach(({ buffer, blocks: count }, n) => {
      const columns = columnsOf(count)
      pass.setPipeline(score)
      pass.setBindGroup(0, scoring[buffer], [n * PARAMETER_BYTES])
      pass.dispatchWorkgroups(columns, Math.ceil(count / THREAD_ROWS / columns))
      pass.setPipeline(select)
      pass.setBindGroup(0, selecting, [n * PARAMETER_BYTES])
      pass.dispatchWorkgroups(batch.count)
    })
    pass.end()
    const bytes = await readBack(device, encoder, [
      { buffer: counts, at: 0, bytes: 4 * batch.count },
      { buffer: lost, at: 0, bytes: 4 * batch.count },
      { buffer: limits, at: 0, bytes: 8 * batch.count },
      ...Array.from({ length: batch.count }, (_, q) => ({
        buffer: collected,
        at: 8 * room * q,
        bytes: 8 * k,
      })),
    ])
    for (const buffer of this.#buffers) buffer.destroy()
    const words = new Uint32Array(bytes)
    const rows = words.subarray(4 * batch.count)
    return {
      found: Array.from({ length: batch.count }, (_, q) =>
        neighboursOf(rows.subarray(2 * k * q, 2 * (k * q + words[q]))),
      ),
      lost: words.subarray(batch.count, 2 * batch.count).some((flag) => flag > 0),
      reached: words.slice(2 * batch.count, 4 * batch.count),
    }
  }

  #buffer(size: number, kind: number = BufferUsage.storage): GPUBuffer {
    const usage = kind | BufferUsage.copyTarget | BufferUsage.copySource
    const buffer = this.#gpu.device.createBuffer({ size, usage })
    this.#buffers.push(buffer)
    return buffer
  }

  #filled(words: Uint32Array, kind?: number): GPUBuffer {
    const buffer = this.#buffer(words.byteLength, kind)
    // Memory that threads share is not taken.
    this.#gpu.device.queue.writeBuffer(buffer, 0, new Uint32Array(words))
    return buffer
  }
}

const selectPipelines = new WeakMap<GPUDevice, Promise<GPUComputePipeline>>()

/** The same for all tables. */
function selectPipeline(device: GPUDevice): Promise<GPUComputePipeline> {
  const known = selectPipelines.get(device)
  if (known) return known
  const made = pipelineOf(device, selectShader, ['rw', 'rw', 'rw', 'rw'])
  selectPipelines.set(device, made)
  return made
}

async function pipelineOf(
  device: GPUDevice,
  code: string,
  access: readonly ('r' | 'rw')[],
): Promise<GPUComputePipeline> {
  const layout = device.createBindGroupLayout({
    entries: [
      {
        binding: 0,
        visibility: COMPUTE_STAGE,
        buffer: { type: 'uniform', hasDynamicOffset: true, minBindingSize: 4 * PARAMETERS.length },
      },
      ...access.map((kind, n) => ({
        binding: n + 1,
        visibility: COMPUTE_STAGE,
        buffer: { type: kind === 'r' ? ('read-only-storage' as const) : ('storage' as const) },
      })),
    ],
  })
  return device.createComputePipelineAsync({
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module: device.createShaderModule({ code }) },
  })
}

const COMPUTE_STAGE = 0x4
const columnsOf = (blocks: number) => Math.min(COLUMNS_MOST, Math.ceil(blocks / THREAD_ROWS))

function parameterWords(dispatches: readonly Parameters[]): Uint32Array {
  const words = new Uint32Array(Math.max(1, dispatches.length) * (PARAMETER_BYTES / 4))
  dispatches.forEach((each, n) => {
    words.set(
      PARAMETERS.map((name) => each[name]),
      n * (PARAMETER_BYTES / 4),
    )
  })
  return words
}

/** Encoded queries, padded to whole tiles, and to that many. */
function queryWords(layout: TableLayout, { batch }: Scan, padded: number): Uint32Array {
  const stride = 16 * queryPieces(layout)
  const bytes = new Uint8Array(padded * stride)
  for (let q = 0; q < batch.count; q++)
    bytes.set(batch.bytes.subarray(q * layout.queryStride, (q + 1) * layout.queryStride), q * stride)
  return new Uint32Array(bytes.buffer)
}

/** Of each query: scale, squared length, and what its sums start with. */
function aboutQueries({ shape, queryStride }: TableLayout, { batch }: Scan): Uint32Array {
  const words = new Uint32Array(4 * batch.count)
  const floats = new Float32Array(words.buffer)
  for (let q = 0; q < batch.count; q++) {
    floats[4 * q] = batch.scales[q]
    floats[4 * q + 1] = batch.norms[q]
    if (shape.format !== 'int4') continue
    const query = new Int8Array(batch.bytes.buffer, batch.bytes.byteOffset + q * queryStride, queryStride)
    words[4 * q + 2] = -INT4_OFFSET * query.reduce((sum, value) => sum + value, 0)
  }
  return words
}

/** Steps with their bounds as two words each that sort like the numbers. */
function programWords(filter: FilterProgram | undefined): Uint32Array {
  const steps = filter?.steps ?? 0
  const words = new Uint32Array(Math.max(1, steps) * (STEP_BYTES / 4))
  if (!filter) return words
  const view = new DataView(filter.bytes.buffer, filter.bytes.byteOffset, filter.bytes.byteLength)
  for (let step = 0; step < steps; step++) {
    const at = step * STEP_BYTES
    const word = (n: number) => view.getUint32(at + 4 * n, true)
    words.set([word(0), word(1), 0, 0, ...ordered(word(4), word(5)), ...ordered(word(6), word(7))], at / 4)
  }
  return words
}

/** As in the shader. */
function ordered(low: number, high: number): [low: number, high: number] {
  if (high === 0x80000000 && low === 0) return [0, 0x80000000]
  return high >>> 31 ? [~low >>> 0, ~high >>> 0] : [low, (high | 0x80000000) >>> 0]
}

/** @param collected key and row, in turns; @returns them in order */
function neighboursOf(collected: Uint32Array): Neighbours {
  const count = collected.length / 2
  // The complement of the key above the row: sorted as one number.
  const words = new Uint32Array(2 * count)
  for (let n = 0; n < count; n++) {
    words[2 * n] = collected[2 * n + 1]
    words[2 * n + 1] = ~collected[2 * n]
  }
  new BigUint64Array(words.buffer).sort()
  const items = new Uint32Array(count)
  const scores = new Float32Array(count)
  const bits = new Uint32Array(scores.buffer)
  for (let n = 0; n < count; n++) {
    const key = ~words[2 * n + 1] >>> 0
    items[n] = words[2 * n]
    bits[n] = key >= 0x80000000 ? key & 0x7fffffff : ~key
  }
  return { items, scores }
}
