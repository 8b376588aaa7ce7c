/**
 * @file Serves an ONNX model from worker threads. Requests that come together run as one batch: a free thread takes what
 * has gathered once the oldest has waited as long as it may, or once a batch is full.
 */

import { InvalidOptionError } from '../../base/errors.ts'
import { workerModule } from '../../base/worker-module.ts'
import { WorkerPool } from '../../base/worker-pool.ts'
import { ShapeError } from '../errors.ts'
import type { SessionOptions } from '../session.ts'
import { showShape } from '../shape.ts'
import {
  arrayTypes,
  checkedArray,
  type ModelArray,
  type ModelArrays,
  openModel,
  rowLength,
} from './open-model.ts'
import type { SessionShared, SessionTask } from './session-worker.ts'
import { type Port, type Signature, typeOf } from './signature.ts'

export interface ModelServerOptions extends SessionOptions {
  signature: Signature
  /** Worker threads, each with a session of its own; one when left out. */
  workers?: number
  /** How long a request may wait for others, in milliseconds; 2 when left out. */
  waitMs?: number
  /** Rows of a full batch; 256 when left out. A larger request runs by itself. */
  mostRows?: number
  /** Calls once after so many milliseconds; the timer of the process when left out. */
  after?(ms: number, call: () => void): void
}

type CompleteOptions = Required<Omit<ModelServerOptions, keyof SessionOptions>> & SessionOptions
type Results = Record<string, ModelArray>
type Pool = WorkerPool<SessionTask, Results>

interface Waiting {
  arrays: ModelArrays
  rows: number
  /** It has waited as long as it may. */
  isDue: boolean
  resolve(results: Results): void
  reject(error: unknown): void
}

/** The threads of one file, and the batches that they still run. */
interface Deployed {
  pool: Pool
  running: Set<Promise<void>>
}

export class ModelServer {
  readonly #options: CompleteOptions
  #deployed: Deployed
  #waiting: Waiting[] = []

  private constructor(options: CompleteOptions, deployed: Deployed) {
    this.#options = options
    this.#deployed = deployed
  }

  /** Opens and warms up every thread. @throws InvalidFileError when the file has not what the signature declares */
  static async open(path: string, options: ModelServerOptions): Promise<ModelServer> {
    const {
      workers = 1,
      waitMs = 2,
      mostRows = 256,
      after = (ms, call) => void setTimeout(call, ms),
    } = options
    if (!(workers >= 1)) throw new InvalidOptionError('workers', workers, 'a number from 1')
    if (!(waitMs >= 0)) throw new InvalidOptionError('waitMs', waitMs, 'a number from 0')
    if (!(mostRows >= 1)) throw new InvalidOptionError('mostRows', mostRows, 'a number from 1')
    const complete = { ...options, workers, waitMs, mostRows, after }
    return new ModelServer(complete, await deploy(path, complete))
  }

  /**
   * @param arrays rows of every input of the signature, the same number of each
   * @returns rows of every output, in their order
   * @throws ShapeError when the arrays do not fit; requests beside it do not notice
   */
  async run(arrays: ModelArrays): Promise<Results> {
    const rows = rowsOf(this.#options.signature, arrays)
    return new Promise<Results>((resolve, reject) => {
      const waiting: Waiting = { arrays, rows, isDue: false, resolve, reject }
      this.#waiting.push(waiting)
      this.#options.after(this.#options.waitMs, () => {
        waiting.isDue = true
        this.#dispatch()
      })
      this.#dispatch()
    })
  }

  /**
   * Serves another file from now on: opened and warmed up first, so that no request waits for it; those that run end on
   * the old one. When it fails, the old one stays.
   */
  async swap(path: string): Promise<void> {
    const next = await deploy(path, this.#options)
    const before = this.#deployed
    this.#deployed = next
    await drain(before)
  }

  /** Answers what waits, then ends the threads. */
  async close(): Promise<void> {
    while (this.#waiting.length > 0 || this.#deployed.running.size > 0) {
      for (const waiting of this.#waiting) waiting.isDue = true
      this.#dispatch()
      await Promise.race(this.#deployed.running)
    }
    await drain(this.#deployed)
  }

  #dispatch(): void {
    const { workers, mostRows } = this.#options
    while (this.#waiting.length > 0 && this.#deployed.running.size < workers) {
      const gathered = this.#waiting.reduce((sum, { rows }) => sum + rows, 0)
      if (gathered < mostRows && !this.#waiting[0]!.isDue) return
      let count = 1
      let rows = this.#waiting[0]!.rows
      while (count < this.#waiting.length && rows + this.#waiting[count]!.rows <= mostRows)
        rows += this.#waiting[count++]!.rows
      this.#start(this.#waiting.splice(0, count), rows)
    }
  }

  #start(batch: Waiting[], rows: number): void {
    const { pool, running } = this.#deployed
    const work = this.#answer(pool, batch, rows).finally(() => {
      running.delete(work)
      this.#dispatch()
    })
    running.add(work)
  }

  async #answer(pool: Pool, batch: Waiting[], rows: number): Promise<void> {
    const { inputs } = this.#options.signature
    const arrays = batch.length === 1 ? batch[0]!.arrays : joined(inputs, batch, rows)
    try {
      const results = await pool.run({ arrays, rows })
      let from = 0
      for (const waiting of batch) {
        waiting.resolve(part(results, rows, from, waiting.rows))
        from += waiting.rows
      }
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }
}

/** Threads that have all opened the file and run a first and a full batch. */
async function deploy(path: string, options: CompleteOptions): Promise<Deployed> {
  const { signature, workers, mostRows, device, threads } = options
  // Refused here, before threads are made.
  const trial = await openModel(path, signature, { device, threads })
  await trial.close()
  const shared: SessionShared = { path, signature, options: { device, threads } }
  const pool: Pool = new WorkerPool(workerModule(import.meta.url, './session-worker'), workers, shared)
  try {
    for (const rows of [1, mostRows]) {
      const task = { arrays: zeros(signature.inputs, rows), rows }
      // As many tasks as threads, each busy with one: so every thread gets one.
      await pool.runAll(Array.from({ length: workers }, () => task))
    }
  } catch (error) {
    await pool.close()
    throw error
  }
  return { pool, running: new Set() }
}

async function drain({ pool, running }: Deployed): Promise<void> {
  await Promise.all(running)
  await pool.close()
}

function rowsOf({ inputs }: Signature, arrays: ModelArrays): number {
  const [first] = Object.entries(inputs)
  if (!first) return 1
  const [name, port] = first
  const rows = (arrays[name]?.length ?? 0) / rowLength(name, port.shape)
  if (!Number.isInteger(rows) || rows < 1)
    throw new ShapeError(`${name} ${showShape(port.shape)}`, `${arrays[name]?.length ?? 'no'} values`)
  for (const [each, own] of Object.entries(inputs)) checkedArray(each, own, arrays[each], rows)
  return rows
}

const zeros = (inputs: Signature['inputs'], rows: number): ModelArrays =>
  Object.fromEntries(Object.entries(inputs).map(([name, port]) => [name, sharedArray(name, port, rows)]))

function joined(inputs: Signature['inputs'], batch: readonly Waiting[], rows: number): ModelArrays {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, port]) => {
      const all = sharedArray(name, port, rows)
      let at = 0
      for (const { arrays } of batch) {
        ;(all as Float32Array).set(arrays[name] as Float32Array, at)
        at += arrays[name]!.length
      }
      return [name, all]
    }),
  )
}

/** Travels to a thread without being copied. */
function sharedArray(name: string, port: Port, rows: number): ModelArray {
  const type = arrayTypes[typeOf(port)] as new (buffer: SharedArrayBuffer) => ModelArray
  const { BYTES_PER_ELEMENT } = arrayTypes[typeOf(port)]
  return new type(new SharedArrayBuffer(rows * rowLength(name, port.shape) * BYTES_PER_ELEMENT))
}

function part(results: Results, rows: number, from: number, count: number): Results {
  return Object.fromEntries(
    Object.entries(results).map(([name, values]) => {
      const width = values.length / rows
      return [name, values.slice(from * width, (from + count) * width)]
    }),
  )
}
