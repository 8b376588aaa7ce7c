import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { ShapeError } from '../../src/nn/errors.ts'
import { emitModel } from '../../src/nn/onnx/emit.ts'
import { add, multiply, subtract } from '../../src/nn/operators/arithmetic.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import { relu, square } from '../../src/nn/operators/pointwise.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { type Initialiser, input, noise, parameter } from '../../src/nn/tensor.ts'
import { TrainStep } from '../../src/nn/train-step.ts'
import { Trainer } from '../../src/nn/trainer.ts'

const half: Initialiser = (values) => {
  values.fill(0.5)
}
const STEPS = 4

/** Losses of a network of two matrices whose inputs and parameters have these names. */
async function lossesNamed([x, y, first, second, shift]: readonly [string, string, string, string, string]) {
  const hidden = relu(
    add(matmul(input(x, ['batch', 2]), parameter(first, [2, 3], half)), parameter(shift, [3], half)),
  )
  const output = matmul(hidden, parameter(second, [3, 1], half))
  const loss = mean(square(subtract(output, input(y, ['batch', 1]))))
  const step = await TrainStep.open(loss, { optimiser: adamW(), accumulate: 2, clip: 1, seed: 1 })
  const losses: number[] = []
  for (let s = 0; s < STEPS; s++) {
    const batch = { [x]: Float32Array.of(1, 2, 3, 4), [y]: Float32Array.of(1, -1) }
    losses.push((await step.run(batch, 0.1)).loss)
  }
  await step.close()
  return losses
}

test('no name of a model meets one inside of its training', async () => {
  const expected = await lossesNamed(['x', 'y', 'first', 'second', 'shift'])
  assert.notEqual(expected.at(-1), expected[0])
  for (const names of [
    ['squares', 'loss', 'sum', 'next/squares', 'pack/0'],
    ['0', '1', '2', '3', 'scalar/pace'],
    ['a', 'gradient/a', 'w', 'w/sum', 'w/squares'],
    ['x/y', 'x//y', 'sum/w', 'next/w', 'state/sum/w'],
  ] as const)
    assert.deepEqual(await lossesNamed(names), expected, names.join(', '))
})

test('a checkpoint keeps parameters apart from tables and from the best state', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-names-'))
  try {
    const user = input('user', ['batch', 2])
    const [scale, best] = ['table/user', 'best:table/user'].map((name) => parameter(name, [2], half))
    const loss = mean(square(subtract(multiply(user, multiply(scale!, best!)), 3)))
    const path = join(folder, 'checkpoint')
    const weightsAfter = async (epochs: number) => {
      const tables = [{ input: user, table: new EmbeddingTable(4, 2, { seed: 1 }) }]
      const trainer = await Trainer.open(loss, { optimiser: adamW(), rate: 0.1, seed: 1, tables })
      const source = { count: 2, batch: () => ({ user: Uint32Array.of(0, 1, 2, 3) }) }
      const fit = { epochs, progress: silentProgress, evaluate: (_: unknown, epoch: number) => epoch }
      await trainer.fit(source, { ...fit, checkpoint: { path, every: 1 } })
      await trainer.close()
      return new Map(Array.from(trainer.weights, ([name, values]) => [name, Array.from(values)]))
    }
    await weightsAfter(1)
    const resumed = await weightsAfter(3)
    await rm(path)
    assert.deepEqual(resumed, await weightsAfter(3))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

test('names that begin with a slash are kept for what is inside', () => {
  for (const make of [input, noise]) assert.throws(() => make('/0', [1]), ShapeError)
  assert.throws(() => parameter('/next/x', [1], half), ShapeError)
})

test('an output with the name of an input is refused', () => {
  const user = input('user', ['batch', 2])
  const message = /^user: an output has the name of an input or a parameter$/
  assert.throws(() => emitModel({ user: multiply(user, 2) }), { name: 'ShapeError', message })
})
