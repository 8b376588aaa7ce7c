import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Tensor } from 'onnxruntime-node'
import { emitModel } from '../../src/nn/onnx/emit.ts'
import { scatterAdd } from '../../src/nn/operators/gather.ts'
import { openSession } from '../../src/nn/session.ts'
import { input } from '../../src/nn/tensor.ts'

const [COUNT, MET, WIDTH, TIMES] = [20_000, 4, 64, 20]
/** Each by another way: a product with few rows, and numbers that are added one by one. */
const WAYS = { 'as many rows as are known': 4, 'rows of which few are met': 1000 }

for (const [what, rowCount] of Object.entries(WAYS))
  test(`nothing is lost where many updates meet in few rows, on two threads as on one: ${what}`, async () => {
    const sum = scatterAdd(input('rows', ['n'], 'int32'), input('updates', ['n', WIDTH]), rowCount)
    const session = await openSession(emitModel({ sum }).bytes, { threads: 2 })
    const rows = new Tensor(
      'int32',
      Int32Array.from({ length: COUNT }, (_, k) => (k * 7) % MET),
      [COUNT],
    )
    const updates = new Tensor('float32', new Float32Array(COUNT * WIDTH).fill(1), [COUNT, WIDTH])
    for (let time = 0; time < TIMES; time++) {
      const found = (await session.run({ rows, updates })).sum!.data as Float32Array
      assert.ok(found.every((value, k) => value === (k < MET * WIDTH ? COUNT / MET : 0)))
    }
    await session.release()
  })
