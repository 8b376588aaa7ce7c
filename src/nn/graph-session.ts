/**
 * @file Runs a graph on arrays of the caller's: results are written where they belong.
 *
 * The Node binding of ONNX Runtime copies every result once more into new memory, weights and what the optimiser keeps of them
 * after each step. `kernels/native/onnx-session/` calls the same library without; where it was not built, and on other devices,
 * the binding serves: it fills the same arrays with the same numbers, and takes longer.
 */

import { readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { InferenceSession, Tensor as OnnxTensor } from 'onnxruntime-node'
import { UnavailableError } from '../base/errors.ts'
import { loadNative } from '../base/native-module.ts'
import { fusePointwise } from './fusion/fuse-pointwise.ts'
import { type EmittedModel, emitModel, type Pack } from './onnx/emit.ts'
import type { Products } from './onnx/emitter.ts'
import type { OnnxType } from './onnx/model-bytes.ts'
import { openSession, type SessionOptions, THREADING } from './session.ts'
import type { Tensor } from './tensor.ts'

/** An input or an output; float32 when it has no type. */
export interface GraphPort {
  name: string
  type?: OnnxType
}

/** What `emitModel` gives, or a file. */
export interface Graph {
  /** What is in an ONNX file, or the path of one. */
  bytes: Uint8Array | string
  inputs: readonly GraphPort[]
  /** Those that are wanted. */
  outputs: readonly GraphPort[]
}

/** Tensors by the names of inputs or outputs. */
export type Tensors = Readonly<Record<string, OnnxTensor>>

export interface GraphSession {
  /**
   * @param into for all outputs, of the shapes that they have; filled once the promise is kept
   * @throws UnavailableError when it is closed
   */
  run(feeds: Tensors, into: Tensors): Promise<void>
  close(): Promise<void>
}

/** What a graph is emitted from: see `emitModel`. */
export interface GraphParts {
  weights?: ReadonlyMap<string, Float32Array>
  packs?: readonly Pack[]
  products?: Products
}

/**
 * Emits tensors and opens their graph: with fewer passes where the native module has them, which no file and no other device
 * understands. The numbers are the same.
 *
 * @param outputs by name
 * @throws UnavailableError when the device is not there
 */
export async function openOutputs(
  outputs: Readonly<Record<string, Tensor>>,
  { weights, packs, products, ...options }: GraphParts & SessionOptions = {},
): Promise<GraphSession & Pick<EmittedModel, 'inputs' | 'outputs'>> {
  const fused = nativeRuntime(options) ? fusePointwise(outputs) : outputs
  const model = emitModel(fused, weights, packs, products)
  const session = await openGraph(model, options)
  return { ...session, inputs: model.inputs, outputs: model.outputs }
}

/** @throws UnavailableError when the device is not there */
export async function openGraph(graph: Graph, options: SessionOptions = {}): Promise<GraphSession> {
  return openDirect(graph, options) ?? bound(await openSession(graph.bytes, options), graph)
}

/** By the binding, with a session that is open. */
export function bound(session: InferenceSession, graph: Graph): GraphSession {
  const only = (tensors: Tensors, ports: readonly GraphPort[]) =>
    Object.fromEntries(ports.map(({ name }) => [name, tensors[name]!]))
  return untilClosed({
    async run(feeds, into) {
      await session.run(only(feeds, graph.inputs), only(into, graph.outputs))
    },
    close: () => session.release(),
  })
}

/** Without the binding. @returns null on other devices than the processor, and where the native module was not built */
export function openDirect({ bytes, inputs, outputs }: Graph, options: SessionOptions): GraphSession | null {
  const native = nativeRuntime(options)
  if (!native) return null
  const { module, library } = native
  const ports = [namesOf(inputs), typesOf(inputs), namesOf(outputs), typesOf(outputs)] as const
  const handle = module.open(library, bytes, options.threads ?? 1, CONFIG, ...ports)
  return untilClosed({
    async run(feeds, into) {
      // Others who wait have their turn, as between the runs of the binding.
      await setImmediate()
      const [given, filled] = [inputs.map(({ name }) => feeds[name]!), outputs.map(({ name }) => into[name]!)]
      module.run(handle, dataOf(given), sizesOf(given), dataOf(filled), sizesOf(filled))
    },
    close: async () => module.close(handle),
  })
}

/** Closing twice is closing once. */
function untilClosed({ run, close }: GraphSession): GraphSession {
  let isClosed = false
  return {
    async run(feeds, into) {
      if (isClosed) throw new UnavailableError('the session is closed', 'open the graph once more')
      await run(feeds, into)
    },
    async close() {
      if (isClosed) return
      isClosed = true
      await close()
    },
  }
}

/** @returns the native module and the library that it calls; null where either is missing, too old, or not for the device */
function nativeRuntime({ device = 'cpu' }: SessionOptions): { module: NativeModule; library: string } | null {
  const module = device === 'cpu' ? loadNative<NativeModule>('onnx-session') : null
  const library = module && libraryOfRuntime()
  return library && module.knows(library) ? { module, library } : null
}

/** A session on the other side. */
type Handle = { readonly native: unique symbol }

/**
 * Exports of `kernels/native/onnx-session/module.cpp`. A zero ends each name, key and value; sizes are, for each array, the
 * number of its axes and what they measure.
 */
interface NativeModule {
  /** Whether the library is loaded and new enough. */
  knows(library: string): boolean
  open(
    library: string,
    model: Uint8Array | string,
    threads: number,
    config: string,
    inputNames: string,
    inputTypes: Int32Array,
    outputNames: string,
    outputTypes: Int32Array,
  ): Handle
  run(
    handle: Handle,
    inputs: readonly OnnxTensor['data'][],
    inputSizes: Float64Array,
    outputs: readonly OnnxTensor['data'][],
    outputSizes: Float64Array,
  ): void
  close(handle: Handle): void
}

/** Keys and values, as the binding makes them of nested names. */
const CONFIG = Object.entries(THREADING)
  .map(([key, value]) => `session.intra_op.${key}\0${value}\0`)
  .join('')

/** Element types by their numbers in ONNX. */
const TYPES: Record<OnnxType, number> = { float32: 1, int32: 6, int64: 7, bool: 9 }

const namesOf = (ports: readonly GraphPort[]) => ports.map(({ name }) => `${name}\0`).join('')
const typesOf = (ports: readonly GraphPort[]) => Int32Array.from(ports, ({ type = 'float32' }) => TYPES[type])
const dataOf = (tensors: readonly OnnxTensor[]) => tensors.map(({ data }) => data)
const sizesOf = (tensors: readonly OnnxTensor[]) =>
  Float64Array.from(tensors.flatMap(({ dims }) => [dims.length, ...dims]))

/** @returns the path of the library that the binding has loaded, null where it lies elsewhere */
function libraryOfRuntime(): string | null {
  const main = createRequire(import.meta.url).resolve('onnxruntime-node')
  const folder = join(dirname(main), '..', 'bin', 'napi-v6', process.platform, process.arch)
  try {
    const file = readdirSync(folder).find((name) => name.startsWith('libonnxruntime.'))
    return file ? join(folder, file) : null
  } catch {
    return null
  }
}
