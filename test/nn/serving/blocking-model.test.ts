import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { InvalidFileError } from '../../../src/base/errors.ts'
import { toShared } from '../../../src/base/shared.ts'
import { ShapeError } from '../../../src/nn/errors.ts'
import { exportModel } from '../../../src/nn/export.ts'
import { mlp } from '../../../src/nn/layers/mlp.ts'
import { BlockingModel } from '../../../src/nn/serving/blocking-model.ts'
import { openModel } from '../../../src/nn/serving/open-model.ts'
import type { Signature } from '../../../src/nn/serving/signature.ts'
import { input } from '../../../src/nn/tensor.ts'
import { initialWeights } from '../../../src/nn/weights.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-blocking-'))
after(() => rm(folder, { recursive: true, force: true }))

const path = join(folder, 'network.onnx')
const output = mlp('net', [7, 4])(input('x', ['batch', 5]))
await exportModel(path, { y: output }, initialWeights([output], 1))
const signature: Signature = {
  inputs: { x: { shape: ['batch', 5] } },
  outputs: { y: { shape: ['batch', 4] } },
}
const rowsOf = (rows: number) => ({ x: Float32Array.from({ length: 5 * rows }, (_, k) => Math.sin(k)) })

test('a blocking model answers at once what the same file answers by promise, again and again', async () => {
  const model = await openModel(path, signature)
  const blocking = new BlockingModel(path, signature)
  for (const rows of [1, 3, 0, 2]) {
    const { y } = blocking.run(rowsOf(rows), rows)
    assert.deepEqual(y, (await model.run(rowsOf(rows), rows)).y)
  }
  await Promise.all([blocking.close(), model.close()])
})

test('a blocking model opens from the bytes of a file, over shared memory too', async () => {
  const bytes = new Uint8Array(await readFile(path))
  const fromPath = new BlockingModel(path, signature)
  const fromBytes = new BlockingModel(toShared(bytes), signature)
  assert.deepEqual(fromBytes.run(rowsOf(2), 2), fromPath.run(rowsOf(2), 2))
  await Promise.all([fromBytes.close(), fromPath.close()])
})

test('a blocking model refuses a file, and arrays, that do not fit, and still answers what does', async () => {
  const damaged = join(folder, 'damaged.onnx')
  await writeFile(damaged, 'not a model')
  assert.throws(() => new BlockingModel(damaged, signature), InvalidFileError)
  assert.throws(() => new BlockingModel(join(folder, 'missing.onnx'), signature), /there is no such file/)
  const other = { ...signature, outputs: { z: { shape: ['batch', 4] } } }
  assert.throws(() => new BlockingModel(path, other), /there is no output "z"/)
  const model = new BlockingModel(path, signature)
  assert.throws(() => model.run({ x: new Float32Array(4) }, 1), ShapeError)
  assert.equal(model.run(rowsOf(1), 1).y!.length, 4)
  await model.close()
})
