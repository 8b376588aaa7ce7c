import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tensor } from 'onnxruntime-node'
import { emitModel } from '../../src/nn/onnx/emit.ts'
import { scatterAdd } from '../../src/nn/operators/gather.ts'
import { openSession } from '../../src/nn/session.ts'
import { input } from '../../src/nn/tensor.ts'

const [COUNT, ROWS, WIDTH, TIMES] = [20_000, 4, 64, 20]

test('nothing is lost where many updates meet in few rows, on two threads as on one', async () => {
  const sum = scatterAdd(input('rows', ['n'], 'int32'), input('updates', ['n', WIDTH]), ROWS)
  const session = await openSession(emitModel({ sum }).bytes, { threads: 2 })
  const rows = new Tensor(
    'int32',
    Int32Array.from({ length: COUNT }, (_, k) => (k * 7) % ROWS),
    [COUNT],
  )
  const updates = new Tensor('float32', new Float32Array(COUNT * WIDTH).fill(1), [COUNT, WIDTH])
  for (let time = 0; time < TIMES; time++) {
    const found = (await session.run({ rows, updates })).sum!.data as Float32Array
    assert.ok(found.every((value) => value === COUNT / ROWS))
  }
  await session.release()
})
