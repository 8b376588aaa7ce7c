/** @file One network of `nn.bench.ts` in a process of its own, so that its memory is its own: CASE WINDOWS THREADS [bare]. */

import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { concreteShape } from '../src/nn/batch.ts'
import type { TrainBatch } from '../src/nn/batches.ts'
import { EmbeddingTable } from '../src/nn/embedding-table.ts'
import { flopsOf, type Product, productsOf } from '../src/nn/flops.ts'
import { openGraph, openOutputs } from '../src/nn/graph-session.ts'
import { emitModel } from '../src/nn/onnx/emit.ts'
import { matmul } from '../src/nn/operators/matmul.ts'
import { adamW } from '../src/nn/optimisers/adam.ts'
import { TableFill, type TableInput } from '../src/nn/table-fill.ts'
import { inOrder, input, isInput, nameOf, type Tensor } from '../src/nn/tensor.ts'
import { trainGraph } from '../src/nn/train-graph.ts'
import { Trainer } from '../src/nn/trainer.ts'
import {
  formula,
  formulaBelow,
  type Network,
  perceptron,
  rowsFromOutside,
  transformer,
  twoTower,
} from './nn-networks.ts'
import type { NetworkCase } from './nn-sizes.ts'

export interface Measured {
  /** Seconds of one step and of one batch served, in the fastest window. */
  step: number
  serve: number
  /** Bytes at most, of the whole process, before the bare products are measured. */
  memory: number
  flops: { step: number; serve: number }
  /** Seconds of the matrix products alone, one after the other; 0 when they were not asked for. */
  bare: { step: number; serve: number }
}

/** A window lasts at least so long. */
const WINDOW_SECONDS = 0.1
const BATCHES = 4
const TABLE_STREAM = 999

const [given, windows, threads] = [
  JSON.parse(process.argv[2]!) as NetworkCase,
  Number(process.argv[3]),
  Number(process.argv[4]),
]
const network = networkOf(given)
const tables = tablesOf(given, network)
const batches = Array.from({ length: BATCHES }, (_, k) => batchOf(given, 1000 + 10 * k))
const sizes = new Map([['batch', given.batch]])

const trainer = await Trainer.open(network.loss, {
  optimiser: adamW({ weightDecay: 0.01 }),
  rate: 1e-4,
  seed: 1,
  threads,
  tables,
})
let turn = 0
const step = await bestSeconds(() => trainer.step(batches[turn++ % BATCHES]!))
const serve = await bestSeconds(await server(network.output))
const memory = process.resourceUsage().maxRSS * 1024
await trainer.close()

const rows = tables.map(({ input: each }) => each)
const graph = trainGraph(network.loss, { optimiser: adamW(), rows, accumulate: 1 })
const products = {
  step: productsOf(Object.values(graph.update), sizes),
  serve: productsOf([network.output], sizes),
}
const measured: Measured = {
  step,
  serve,
  memory,
  flops: { step: flopsOf(products.step), serve: flopsOf(products.serve) },
  bare: { step: await bareSeconds(products.step), serve: await bareSeconds(products.serve) },
}
console.log(JSON.stringify(measured))

function networkOf(of: NetworkCase): Network {
  if (of.kind === 'perceptron') return perceptron(of)
  const outside = rowsFromOutside(of.length)
  return of.kind === 'two-tower' ? twoTower(of, outside) : transformer(of, outside)
}

function tablesOf(of: NetworkCase, { loss }: Network): TableInput[] {
  if (of.kind === 'perceptron') return []
  const table = new EmbeddingTable(of.rows, of.dim, { seed: 1 })
  for (let k = 0; k < table.values.length; k++) table.values[k] = formula(TABLE_STREAM, k) / Math.sqrt(of.dim)
  return inOrder([loss])
    .filter(isInput)
    .map((each) => ({ input: each, table, isBag: nameOf(each) === 'history' }))
}

function batchOf(of: NetworkCase, stream: number): TrainBatch {
  const { batch } = of
  if (of.kind === 'perceptron')
    return { x: numbers(stream, batch * of.inputs), y: numbers(stream + 1, batch * of.outputs) }
  const ids = (place: number, count: number) =>
    Uint32Array.from({ length: count }, (_, k) => formulaBelow(stream + place, k, of.rows))
  const all = batch * of.length
  if (of.kind === 'transformer')
    return { sequence: ids(0, all), positive: ids(1, all), negative: ids(2, all) }
  return {
    history: ids(0, all),
    'history/offsets': Uint32Array.from({ length: batch + 1 }, (_, b) => b * of.length),
    'history/weights': new Float32Array(all).fill(1 / of.length),
    item: ids(1, batch),
  }
}

function numbers(stream: number, count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, k) => formula(stream, k))
}

/** Serves batches, rows of tables included. */
async function server(output: Tensor): Promise<() => Promise<unknown>> {
  const session = await openOutputs({ output }, { weights: trainer.weights, threads })
  const fills = new Map(tables.map((each) => [nameOf(each.input), new TableFill(each)]))
  const dims = concreteShape(output.shape, sizes)
  const out = new OnnxTensor('float32', new Float32Array(dims.reduce((a, b) => a * b, 1)), dims)
  let turn = 0
  return async () => {
    const batch = batches[turn++ % BATCHES]!
    const feeds: Record<string, OnnxTensor> = {}
    for (const { name, shape } of session.inputs) {
      const values = fills.get(name)?.gather(batch) ?? (batch[name] as Float32Array)
      feeds[name] = new OnnxTensor('float32', values, concreteShape(shape, sizes))
    }
    return session.run(feeds, { output: out })
  }
}

/** Each kind of product in a graph of its own, times how often it occurs. */
async function bareSeconds(all: readonly Product[]): Promise<number> {
  if (process.argv[5] !== 'bare') return 0
  const counts = new Map<string, number>()
  for (const product of all) {
    const key = JSON.stringify(product)
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  let seconds = 0
  for (const [key, count] of counts) {
    const { batch, rows: m, inner, columns, left, right } = JSON.parse(key) as Product
    const lead = batch === 1 ? [] : [batch]
    const a = [...lead, ...(left ? [inner, m] : [m, inner])]
    const b = [...lead, ...(right ? [columns, inner] : [inner, columns])]
    const model = emitModel({ y: matmul(input('a', a), input('b', b), { left, right }) })
    const session = await openGraph(model, { threads })
    const tensor = (shape: number[], stream: number) =>
      new OnnxTensor(
        'float32',
        numbers(
          stream,
          shape.reduce((x, y) => x * y, 1),
        ),
        shape,
      )
    const feeds = { a: tensor(a, 1), b: tensor(b, 2) }
    const y = tensor([...lead, m, columns], 3)
    seconds += count * (await bestSeconds(() => session.run(feeds, { y }), WINDOW_SECONDS / 4))
    await session.close()
  }
  return seconds
}

/** Seconds of one call in the fastest window: whatever else the machine does only adds to them. */
async function bestSeconds(work: () => Promise<unknown>, atLeast = WINDOW_SECONDS): Promise<number> {
  for (let k = 0; k < 3; k++) await work()
  const found: number[] = []
  for (let w = 0; w < windows; w++) {
    const start = performance.now()
    let calls = 0
    let seconds = 0
    while (seconds < atLeast) {
      await work()
      calls++
      seconds = (performance.now() - start) / 1000
    }
    found.push(seconds / calls)
  }
  return Math.min(...found)
}
