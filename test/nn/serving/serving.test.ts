import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { InvalidFileError } from '../../../src/base/errors.ts'
import { ShapeError } from '../../../src/nn/errors.ts'
import { exportModel } from '../../../src/nn/export.ts'
import { layerNorm } from '../../../src/nn/layers/layer-norm.ts'
import { mlp } from '../../../src/nn/layers/mlp.ts'
import { type OnnxGraph, onnxModel } from '../../../src/nn/onnx/model-bytes.ts'
import { add } from '../../../src/nn/operators/arithmetic.ts'
import { gelu } from '../../../src/nn/operators/pointwise.ts'
import { softmax } from '../../../src/nn/operators/softmax.ts'
import { ModelServer, type ModelServerOptions } from '../../../src/nn/serving/model-server.ts'
import { type ModelArrays, openModel } from '../../../src/nn/serving/open-model.ts'
import type { Signature } from '../../../src/nn/serving/signature.ts'
import { input, noise, parameter } from '../../../src/nn/tensor.ts'
import { initialWeights } from '../../../src/nn/weights.ts'
import { run } from '../check-gradients.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-serving-'))
after(() => rm(folder, { recursive: true, force: true }))

/** y = factor · x, and a count of whole numbers: a model that nobody of ours has made. */
async function foreignModel(name: string, factor: number): Promise<string> {
  const graph: OnnxGraph = {
    nodes: [
      { operator: 'Mul', inputs: ['features', 'factor'], outputs: ['scores'] },
      { operator: 'Add', inputs: ['tokens', 'tokens'], outputs: ['doubled'] },
    ],
    inputs: [
      { name: 'features', shape: ['N', 3] },
      { name: 'tokens', shape: ['N', 2], type: 'int64' },
    ],
    outputs: [
      { name: 'scores', shape: ['N', 3] },
      { name: 'doubled', shape: ['N', 2], type: 'int64' },
    ],
    initialisers: [
      { name: 'factor', type: 'float32', shape: [], bytes: new Uint8Array(Float32Array.of(factor).buffer) },
    ],
  }
  const path = join(folder, name)
  await writeFile(path, onnxModel(graph))
  return path
}

const signature: Signature = {
  inputs: {
    x: { name: 'features', shape: ['batch', 3] },
    tokens: { type: 'int64', shape: ['batch', 2] },
  },
  outputs: { y: { name: 'scores', shape: ['batch', 3] }, doubled: { type: 'int64', shape: ['batch', 2] } },
}

function rowsFrom(first: number, rows: number): ModelArrays {
  return {
    x: Float32Array.from({ length: 3 * rows }, (_, k) => first + k),
    tokens: BigInt64Array.from({ length: 2 * rows }, (_, k) => BigInt(first + k)),
  }
}

const expected = (first: number, rows: number, factor: number) => ({
  y: Float32Array.from({ length: 3 * rows }, (_, k) => factor * (first + k)),
  doubled: BigInt64Array.from({ length: 2 * rows }, (_, k) => BigInt(2 * (first + k))),
})

test('an exported network gives what it gave before, from a file with nothing of ours in it', async () => {
  const x = input('x', ['batch', 5])
  const output = softmax(layerNorm('norm')(gelu(mlp('net', [7, 4])(x))))
  const weights = initialWeights([output], 1)
  const path = join(folder, 'network.onnx')
  await exportModel(path, { probabilities: output }, weights)
  const model = await openModel(path, {
    inputs: { x: { shape: ['batch', 5] } },
    outputs: { probabilities: { shape: ['batch', 4] } },
  })
  const values = Float32Array.from({ length: 15 }, (_, k) => Math.sin(k))
  const { probabilities } = await model.run({ x: values }, 3)
  await model.close()
  const leaves = Object.fromEntries(Array.from(weights, ([name, own]) => [name, Array.from(own)]))
  const before = await run({ output }, { values: { ...leaves, x: Array.from(values) }, dims: { batch: 3 } })
  assert.deepEqual(Array.from(probabilities as Float32Array), Array.from(before.output!.data))
  assert.deepEqual(
    (await readdir(folder)).filter((file) => file.includes('tmp')),
    [],
  )
})

test('what cannot be served is not exported, and what was there stays', async () => {
  const path = join(folder, 'kept.onnx')
  await writeFile(path, 'before')
  const x = input('x', ['batch', 2])
  const shifted = add(
    x,
    parameter('shift', [2], () => undefined),
  )
  await assert.rejects(exportModel(path, { y: shifted }, new Map()), /shift \[2\]: no weights/)
  const weights = new Map([['shift', new Float32Array(3)]])
  await assert.rejects(exportModel(path, { y: shifted }, weights), /shift \[2\]: 3 weights/)
  const noisy = add(x, noise('dropout', ['batch', 2]))
  await assert.rejects(exportModel(path, { y: noisy }, new Map()), ShapeError)
  assert.equal(await readFile(path, 'utf8'), 'before')
})

test('a foreign file serves under the names that the program declares', async () => {
  const model = await openModel(await foreignModel('foreign.onnx', 3), signature)
  assert.deepEqual(await model.run(rowsFrom(1, 2), 2), expected(1, 2, 3))
  await assert.rejects(model.run({ ...rowsFrom(1, 2), x: new Float32Array(5) }, 2), ShapeError)
  await assert.rejects(model.run({ x: new Float32Array(6) }, 2), ShapeError)
  await model.close()
})

test('a wrong file is refused with everything that is missing in it', async () => {
  const path = await foreignModel('wrong.onnx', 1)
  const wrong: Signature = {
    inputs: {
      query: { name: 'query', shape: ['batch', 3] },
      x: { name: 'features', shape: ['batch', 4] },
      tokens: { type: 'int32', shape: ['batch', 2] },
    },
    outputs: { y: { name: 'logits', shape: ['batch', 1] } },
  }
  await assert.rejects(openModel(path, wrong), (error: Error) => {
    assert.ok(error instanceof InvalidFileError)
    for (const part of [
      'there is no input "query" (there are: "features" float32 [N, 3], "tokens" int64 [N, 2])',
      'input "features" is "features" float32 [N, 3], expected float32 [batch, 4]',
      'input "tokens" is "tokens" int64 [N, 2], expected int32 [batch, 2]',
      'there is no output "logits"',
    ])
      assert.ok(error.message.includes(part), `${part} in ${error.message}`)
    return true
  })
  const { x } = signature.inputs
  const half: Signature = { ...signature, inputs: { x: x! } }
  await assert.rejects(openModel(path, half), /its input "tokens" int64 \[N, 2\] is not declared/)
  const deep: Signature = {
    ...signature,
    inputs: { ...signature.inputs, x: { ...x!, shape: ['batch', 3, 1] } },
  }
  await assert.rejects(openModel(path, deep), /input "features" is/)
})

test('what is no ONNX file, or not there, is refused by name', async () => {
  const path = join(folder, 'text.onnx')
  await writeFile(path, 'no model')
  await assert.rejects(openModel(path, signature), InvalidFileError)
  await assert.rejects(
    openModel(join(folder, 'nothing.onnx'), signature),
    /nothing.onnx: there is no such file/,
  )
})

/** Time that moves when it is told to. */
function timer() {
  const calls: { ms: number; call: () => void }[] = []
  return {
    after: (ms: number, call: () => void) => void calls.push({ ms, call }),
    pass: () => {
      for (const { call } of calls.splice(0)) call()
    },
    calls,
  }
}

async function withServer(
  path: string,
  options: Partial<ModelServerOptions>,
  use: (server: ModelServer) => Promise<void>,
): Promise<void> {
  const server = await ModelServer.open(path, { signature, ...options })
  try {
    await use(server)
  } finally {
    await server.close()
  }
}

test('requests wait for each other as long as they may, and each gets its own rows', async () => {
  const time = timer()
  const path = await foreignModel('a.onnx', 2)
  await withServer(path, { after: time.after, waitMs: 7, mostRows: 100 }, async (server) => {
    const answers = [server.run(rowsFrom(0, 1)), server.run(rowsFrom(10, 3)), server.run(rowsFrom(50, 2))]
    let isAnswered = false
    answers[0]!.then(() => {
      isAnswered = true
    })
    // Another server answers meanwhile: long enough for one that would not wait.
    await withServer(path, { waitMs: 0 }, async (other) => void (await other.run(rowsFrom(0, 1))))
    assert.equal(isAnswered, false)
    assert.deepEqual(
      time.calls.map(({ ms }) => ms),
      [7, 7, 7],
    )
    time.pass()
    assert.deepEqual(await Promise.all(answers), [expected(0, 1, 2), expected(10, 3, 2), expected(50, 2, 2)])
  })
})

test('a full batch does not wait', async () => {
  const time = timer()
  await withServer(await foreignModel('a.onnx', 2), { after: time.after, mostRows: 4 }, async (server) => {
    const full = [server.run(rowsFrom(0, 3)), server.run(rowsFrom(9, 1))]
    assert.deepEqual(await Promise.all(full), [expected(0, 3, 2), expected(9, 1, 2)])
    assert.deepEqual(await server.run(rowsFrom(1, 9)), expected(1, 9, 2))
  })
})

test('a request that does not fit is refused, those beside it are answered', async () => {
  const time = timer()
  await withServer(await foreignModel('a.onnx', 2), { after: time.after }, async (server) => {
    const good = server.run(rowsFrom(0, 1))
    await assert.rejects(server.run({ ...rowsFrom(0, 1), tokens: new BigInt64Array(4) }), ShapeError)
    await assert.rejects(server.run({ ...rowsFrom(0, 1), x: new Float32Array(0) }), ShapeError)
    time.pass()
    assert.deepEqual(await good, expected(0, 1, 2))
  })
})

test('another file takes over without a request being lost, and a wrong one does not', async () => {
  const [two, five] = [await foreignModel('two.onnx', 2), await foreignModel('five.onnx', 5)]
  await withServer(two, { workers: 2, waitMs: 0, mostRows: 4 }, async (server) => {
    let isSwapped = false
    const swapping = server.swap(five).then(() => {
      isSwapped = true
    })
    const factors = new Set<number>()
    for (let k = 1; !isSwapped; k++) {
      const { y } = await server.run(rowsFrom(k, 1))
      const factor = (y as Float32Array)[0]! / k
      assert.ok(factor === 2 || factor === 5, `factor ${factor}`)
      factors.add(factor)
    }
    await swapping
    assert.ok(factors.has(2))
    assert.deepEqual(await server.run(rowsFrom(3, 2)), expected(3, 2, 5))
    const broken = join(folder, 'broken.onnx')
    await writeFile(broken, 'no model')
    await assert.rejects(server.swap(broken), InvalidFileError)
    assert.deepEqual(await server.run(rowsFrom(4, 1)), expected(4, 1, 5))
  })
})

test('closing answers what waits', async () => {
  const time = timer()
  const path = await foreignModel('a.onnx', 2)
  const server = await ModelServer.open(path, { signature, after: time.after, mostRows: 2 })
  const answers = [0, 1, 2, 3, 4].map((first) => server.run(rowsFrom(first, 1)))
  await server.close()
  assert.deepEqual(
    await Promise.all(answers),
    [0, 1, 2, 3, 4].map((first) => expected(first, 1, 2)),
  )
})
