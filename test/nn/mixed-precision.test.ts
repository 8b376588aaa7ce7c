/** @file Mixed precision, here on a processor: the products' numbers are rounded as those of a GPU are. See `webgpu.test.ts`. */

import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  formulaBelow,
  type Network,
  rowsOfParameter,
  transformer,
  twoTower,
} from '../../bench/nn-networks.ts'
import { InvalidOptionError } from '../../src/base/errors.ts'
import { silentProgress } from '../../src/base/progress.ts'
import type { Batch } from '../../src/nn/batch.ts'
import { EmbeddingTable } from '../../src/nn/embedding-table.ts'
import { NotFiniteError, ShapeError } from '../../src/nn/errors.ts'
import { LossScale } from '../../src/nn/loss-scale.ts'
import { multiply } from '../../src/nn/operators/arithmetic.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { sgd } from '../../src/nn/optimisers/sgd.ts'
import { input, parameter } from '../../src/nn/tensor.ts'
import type { TrainStepOptions } from '../../src/nn/train-step.ts'
import { Trainer, type TrainerOptions } from '../../src/nn/trainer.ts'
import { trainWithTables } from './tables-training.ts'
import { withStep } from './with-step.ts'

const [BATCH, LENGTH, ROWS, DIM, STEPS] = [16, 5, 40, 8, 50]
/** Of the loss of each of the first 50 steps. */
const TOLERANCE = 5e-3
/** The largest number of float16. */
const LARGEST = 65504

const ids = (stream: number, count: number) =>
  Int32Array.from({ length: count }, (_, k) => formulaBelow(stream, k, ROWS))

const networks: Record<string, { network: Network; batch: (step: number) => Batch }> = {
  'two towers': {
    network: twoTower({ dim: DIM, hidden: 16 }, rowsOfParameter(ROWS, LENGTH)),
    batch: (step) => ({ history: ids(10 * step, BATCH * LENGTH), item: ids(10 * step + 1, BATCH) }),
  },
  'a transformer': {
    network: transformer({ length: LENGTH, dim: DIM, heads: 2 }, rowsOfParameter(ROWS, LENGTH)),
    batch: (step) => {
      const all = (place: number) => ids(10 * step + place, BATCH * LENGTH)
      return { sequence: all(0), positive: all(1), negative: all(2) }
    },
  },
}

const bitsOf = (state: ReadonlyMap<string, Float32Array>) =>
  Array.from(state, ([name, values]) => [name, Buffer.from(values.slice().buffer).toString('hex')])

for (const [name, { network, batch }] of Object.entries(networks))
  test(`${name} learn in mixed precision as in float32: ${STEPS} losses within ${100 * TOLERANCE} %`, async () => {
    // By the first scale the gradients of the towers' scores overflow, and the first step is left out.
    const lossScale = { first: 2 ** 12 }
    const options = { lossScale, optimiser: adamW({ weightDecay: 0.01 }), clip: 1 }
    const losses = (precision: 'float32' | 'mixed') =>
      withStep(network.loss, { ...options, precision }, async (step) => {
        const found: number[] = []
        for (let s = 0; s < STEPS; s++) found.push((await step.run(batch(s), 0.01)).loss)
        return found
      })
    const [expected, found] = [await losses('float32'), await losses('mixed')]
    for (const [k, loss] of expected.entries())
      assert.ok(Math.abs(found[k]! - loss) <= TOLERANCE * loss, `step ${k + 1}: ${found[k]} for ${loss}`)
    // Rounded numbers leave their trace.
    assert.ok(expected.every((loss, k) => loss !== found[k]))
  })

/** The mean of x · w, times a number: the gradient of each weight is that number, and goes through a product. */
const x = input('x', ['batch', 4])
const planted = (factor: number) =>
  multiply(
    mean(
      matmul(
        x,
        parameter('w', [4, 1], (values) => values.fill(1)),
      ),
    ),
    factor,
  )
const ones = { x: new Float32Array(8).fill(1) }

test('both sides of a product are rounded to float16, and one that it cannot hold stops the training', async () => {
  await withStep(planted(1), { precision: 'mixed' }, async (step) => {
    // Halfway from 1 to the next float16, which is rounded to 1: what is left of the sum would be a float16.
    const almost = [1 + 2 ** -11, 1 + 2 ** -11, 1, 1]
    const signs = [1, 1, -1, -1]
    const weights = () => step.weights.get('w')!
    for (const [left, right] of [
      [almost, signs],
      [signs, almost],
    ] as const) {
      weights().set(right)
      assert.equal((await step.run({ x: Float32Array.from([...left, ...left]) }, 0)).loss, 0)
    }
    const large = { x: new Float32Array(8).fill(2 * LARGEST) }
    await assert.rejects(
      step.run(large, 0),
      /matmul\(x \[batch, 4\], w \[4, 1\]\) \[batch, 1\] is not finite/,
    )
  })
})

test('gradients that float16 cannot hold survive by the scale, and vanish without it', async () => {
  const tiny = 1e-8
  const lengthBy = (options: Partial<TrainStepOptions>) =>
    withStep(planted(tiny), options, async (step) => (await step.run(ones, 0)).gradientLength)
  const expected = await lengthBy({})
  assert.ok(Math.abs(expected / (2 * tiny) - 1) < 1e-6)
  assert.equal(await lengthBy({ precision: 'mixed', lossScale: { first: 1 } }), 0)
  const found = await lengthBy({ precision: 'mixed' })
  assert.ok(Math.abs(found / expected - 1) < 1e-3, `${found} for ${expected}`)
})

test('an update that overflows is left out and halves the scale until it fits', async () => {
  const first = 2 ** 17
  const options = { precision: 'mixed', optimiser: adamW(), lossScale: { first } } as const
  // The scaled gradient of a weight is the scale: 2¹⁷ and 2¹⁶ are too large, 2¹⁵ is not.
  await withStep(planted(1), options, async (step) => {
    const before = bitsOf(step.weights)
    for (const scale of [first / 2, first / 4]) {
      const { isSkipped, loss, gradientLength } = await step.run(ones, 0.1)
      assert.ok(isSkipped && loss === 4 && !Number.isFinite(gradientLength))
      assert.deepEqual(bitsOf(step.weights), before)
      assert.equal(step.lossScale, scale)
    }
    const { isSkipped, gradientLength } = await step.run(ones, 0.1)
    assert.ok(!isSkipped)
    assert.ok(Math.abs(gradientLength - 2) < 1e-6)
    // Adam's first step is the rate: updates that were left out are not counted.
    assert.deepEqual([step.batches, step.steps, step.skipped, step.lossScale], [3, 1, 2, first / 4])
    for (const value of step.weights.get('w')!) assert.ok(Math.abs(value - 0.9) < 1e-5, String(value))
  })
})

test('the scale doubles after so many good updates, and an overflow begins to count anew', () => {
  const scale = new LossScale({ first: 8, growAfter: 2 })
  const seen = [false, false, false, true, false, false].map((overflows) => {
    if (overflows) scale.overflow()
    scale.endUpdate()
    return scale.scale
  })
  assert.deepEqual(seen, [8, 16, 16, 8, 8, 16])
  assert.equal(scale.skipped, 1)
  const limits = [new LossScale({ first: 1 }), new LossScale({ first: 2 ** 24, growAfter: 1 })]
  limits[0]!.overflow()
  for (const each of limits) each.endUpdate()
  assert.deepEqual(
    limits.map((each) => each.scale),
    [1, 2 ** 24],
  )
  for (const wrong of [{ first: 3 }, { first: 2 ** 25 }, { growAfter: 0 }])
    assert.throws(() => new LossScale(wrong), InvalidOptionError)
})

test('an overflow in one of the batches of an update leaves out all of it, rows of tables too', async () => {
  const row = input('row', ['batch', 4])
  const weights = parameter('w', [4, 1], (values) => values.fill(1))
  const loss = mean(multiply(matmul(row, weights), input('factor', ['batch', 1])))
  const large = { row: Uint32Array.of(0, 1), factor: new Float32Array(2).fill(LARGEST) }
  const small = (...ids: number[]) => ({ row: Uint32Array.from(ids), factor: new Float32Array(2).fill(1) })
  const trained = async (batches: (typeof large)[], given: Partial<TrainerOptions>) => {
    const table = new EmbeddingTable(6, 4, { optimiser: 'adam', seed: 1 })
    const tables = [{ input: row, table }]
    const options = {
      optimiser: adamW(),
      rate: 0.1,
      seed: 1,
      accumulate: 2,
      tables,
      precision: 'mixed',
    } as const
    const trainer = await Trainer.open(loss, { ...options, ...given })
    for (const batch of batches) await trainer.step(batch)
    const learned = [...bitsOf(trainer.weights), ...bitsOf(new Map(Object.entries(table.states)))]
    await trainer.close()
    return [...learned, Buffer.from(table.values.slice().buffer).toString('hex')]
  }
  // The large factor overflows by either scale, the small one by none.
  const lossScale = { first: 2 ** 4 }
  const good = [small(2, 3), small(3, 4)]
  const expected = await trained(good, { lossScale: { first: 2 ** 3 } })
  for (const bad of [
    [large, small(1, 5)],
    [small(1, 5), large],
  ])
    assert.deepEqual(await trained([...bad, ...good], { lossScale }), expected)
})

test('what is no number still stops the training, and so does a gradient that overflows by itself', async () => {
  await withStep(planted(1), { precision: 'mixed' }, async (step) => {
    const wrong = { x: ones.x.map((one, k) => (k === 3 ? Number.NaN : one)) }
    await assert.rejects(step.run(wrong, 0.1), (error: Error) => {
      assert.ok(error instanceof NotFiniteError)
      assert.match(error.message, /x \[batch, 4\] is not finite/)
      return true
    })
    assert.deepEqual([step.batches, step.lossScale], [0, 2 ** 16])
  })
  await withStep(planted(4 * LARGEST), { precision: 'mixed', lossScale: { first: 2 } }, async (step) => {
    assert.ok((await step.run(ones, 0.1)).isSkipped)
    await assert.rejects(step.run(ones, 0.1), /the gradient of w is not finite/)
  })
})

test('a training goes on from any batch with the same bits, scale and all', async () => {
  const { network, batch } = networks['two towers']!
  const lossScale = { first: 2 ** 17, growAfter: 2 }
  const options = { precision: 'mixed', accumulate: 2, optimiser: adamW(), lossScale } as const
  const whole = await withStep(network.loss, options, async (step) => {
    const states: { bits: unknown; state: Map<string, Float32Array> }[] = []
    for (let s = 0; s < 24; s++) {
      const state = new Map(Array.from(step.state, ([name, values]) => [name, values.slice()]))
      states.push({ bits: bitsOf(state), state })
      await step.run(batch(s), 0.01)
    }
    assert.ok(step.skipped > 1 && step.steps > 4, `${step.skipped} of ${step.steps}`)
    return { states, end: bitsOf(step.state) }
  })
  for (const from of [1, 6, 13])
    await withStep(network.loss, options, async (step) => {
      step.restore(from, whole.states[from]!.state)
      for (let s = from; s < 24; s++) {
        assert.deepEqual(bitsOf(step.state), whole.states[s]!.bits, `before batch ${s}`)
        await step.run(batch(s), 0.01)
      }
      assert.deepEqual(bitsOf(step.state), whole.end)
    })
  await withStep(network.loss, { ...options, precision: 'float32' }, async (step) => {
    const without = new Map(step.state)
    await withStep(network.loss, options, async (mixed) =>
      assert.throws(() => mixed.restore(0, without), ShapeError),
    )
  })
})

test('the best epoch comes back, the count of what was left out does not', async () => {
  const options = {
    optimiser: sgd(),
    rate: 0.01,
    seed: 1,
    precision: 'mixed',
    lossScale: { growAfter: 1 },
  } as const
  const source = { count: 4, batch: () => ones }
  const [best, last] = await Promise.all(
    [() => [1, 0, 0], () => [0, 0, 1]].map(async (values) => {
      const trainer = await Trainer.open(planted(1), options)
      const evaluate = (_: unknown, epoch: number) => values()[epoch]!
      const { skipped } = await trainer.fit(source, { epochs: 3, progress: silentProgress, evaluate })
      const weight = trainer.weights.get('w')![0]!
      await trainer.close()
      return { skipped, weight }
    }),
  )
  assert.ok(best!.weight > last!.weight)
  assert.ok(last!.skipped > 3)
  assert.equal(best!.skipped, last!.skipped)
})

test('a checkpoint keeps the scale: a training that is stopped ends as one that never was', async () => {
  const options = { precision: 'mixed', lossScale: { first: 2 ** 24, growAfter: 3 } } as const
  const expected = await trainWithTables(null, undefined, options)
  assert.ok(expected.report.skipped > 1, `${expected.report.skipped} updates left out`)
  const folder = await mkdtemp(join(tmpdir(), 'labrador-mixed-'))
  try {
    const path = join(folder, 'checkpoint')
    for (const moment of ['batch 8', 'batch 21'])
      await assert.rejects(
        trainWithTables(
          path,
          (now) => {
            if (now === moment) throw new Error(moment)
          },
          options,
        ),
        new RegExp(moment),
      )
    const { fingerprint, report } = await trainWithTables(path, undefined, options)
    assert.equal(fingerprint, expected.fingerprint)
    assert.deepEqual([report.losses, report.skipped], [expected.report.losses, expected.report.skipped])
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a precision that is none is refused', async () => {
  const precision = 'half' as 'mixed'
  await assert.rejects(
    withStep(planted(1), { precision }, async () => {}),
    {
      message: /^precision: got "half", expected one of float32, mixed/,
    },
  )
})
