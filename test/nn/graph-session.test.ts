import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { UnavailableError } from '../../src/base/errors.ts'
import { bound, type GraphSession, openDirect } from '../../src/nn/graph-session.ts'
import { linear } from '../../src/nn/layers/linear.ts'
import { emitModel } from '../../src/nn/onnx/emit.ts'
import { multiply } from '../../src/nn/operators/arithmetic.ts'
import { cast } from '../../src/nn/operators/comparison.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import { gelu } from '../../src/nn/operators/pointwise.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { openSession } from '../../src/nn/session.ts'
import { input } from '../../src/nn/tensor.ts'
import { initialWeights } from '../../src/nn/weights.ts'

const x = input('x', ['n', 24])
const scale = input('scale', [24], 'int32')
const y = matmul(gelu(linear('layer', 8)(x)), input('w', [8, 3]))
const outputs = { y, scaled: multiply(x, cast(scale, 'float32')), loss: mean(y) }
const graph = emitModel(outputs, initialWeights(Object.values(outputs), 3))

const wave = (length: number) => Float32Array.from({ length }, (_, k) => Math.sin(k))
const feedsOf = (n: number) => ({
  x: new OnnxTensor('float32', wave(n * 24), [n, 24]),
  scale: new OnnxTensor(
    'int32',
    Int32Array.from({ length: 24 }, (_, k) => k),
    [24],
  ),
  w: new OnnxTensor('float32', wave(24), [8, 3]),
})
const resultsOf = (n: number) => ({
  y: new OnnxTensor('float32', new Float32Array(n * 3), [n, 3]),
  scaled: new OnnxTensor('float32', new Float32Array(n * 24), [n, 24]),
  loss: new OnnxTensor('float32', new Float32Array(1), []),
})

async function bitsOf(session: GraphSession, n: number): Promise<Record<string, string>> {
  const results = resultsOf(n)
  await session.run(feedsOf(n), results)
  return Object.fromEntries(
    Object.entries(results).map(([name, { data }]) => [
      name,
      Buffer.from((data as Float32Array).buffer).toString('hex'),
    ]),
  )
}

const direct = openDirect(graph, {})
const skip = direct === null && 'the native module was not built'

test('a graph writes the same bits into given arrays with and without the binding', { skip }, async () => {
  for (const threads of [1, 2]) {
    const [own, other] = [
      openDirect(graph, { threads })!,
      bound(await openSession(graph.bytes, { threads }), graph),
    ]
    for (const n of [1, 7, 100, 0, 3]) assert.deepEqual(await bitsOf(own, n), await bitsOf(other, n))
    await own.close()
    await other.close()
  }
})

test('a graph runs from a file as from its bytes', { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-graph-'))
  t.after(() => rm(folder, { recursive: true }))
  const path = join(folder, 'graph.onnx')
  await writeFile(path, graph.bytes)
  const session = openDirect({ ...graph, bytes: path }, {})!
  assert.deepEqual(await bitsOf(session, 5), await bitsOf(direct!, 5))
  await session.close()
})

test('arrays that do not fit, other bytes and a closed session are errors that say what is wrong', {
  skip,
}, async () => {
  const session = openDirect(graph, {})!
  await assert.rejects(session.run(feedsOf(4), resultsOf(5)), /4|5/)
  const tooShort = {
    ...feedsOf(4),
    x: { ...feedsOf(4).x, data: wave(5), dims: [4, 24] } as unknown as OnnxTensor,
  }
  await assert.rejects(session.run(tooShort, resultsOf(4)))
  assert.deepEqual(await bitsOf(session, 4), await bitsOf(direct!, 4))
  const other = bound(await openSession(graph.bytes), graph)
  for (const each of [session, other]) {
    await each.close()
    await each.close()
    await assert.rejects(each.run(feedsOf(4), resultsOf(4)), UnavailableError)
  }
  assert.throws(() => openDirect({ ...graph, bytes: Uint8Array.of(1, 2, 3) }, {}), /model|protobuf/i)
})

test('threads open sessions at the same time and end without closing them', { skip }, async () => {
  const code = `
    const { workerData } = require('node:worker_threads')
    import(workerData.module).then(({ openDirect }) => openDirect(workerData.graph, { threads: 2 }))`
  const ended = Array.from({ length: 4 }, () => {
    const module = new URL('../../src/nn/graph-session.ts', import.meta.url).href
    const worker = new Worker(code, { eval: true, workerData: { module, graph } })
    return new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  })
  assert.deepEqual(await Promise.all(ended), [0, 0, 0, 0])
})
