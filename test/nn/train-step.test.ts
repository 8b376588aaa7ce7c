import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import type { Batch } from '../../src/nn/batch.ts'
import { NotFiniteError, ShapeError } from '../../src/nn/errors.ts'
import { add, multiply, subtract } from '../../src/nn/operators/arithmetic.ts'
import { cast, greater } from '../../src/nn/operators/comparison.ts'
import { matmul } from '../../src/nn/operators/matmul.ts'
import { sum } from '../../src/nn/operators/movement.ts'
import { log, relu, sqrt, square } from '../../src/nn/operators/pointwise.ts'
import { mean } from '../../src/nn/operators/reductions.ts'
import { adagrad } from '../../src/nn/optimisers/adagrad.ts'
import { adamW } from '../../src/nn/optimisers/adam.ts'
import { lion } from '../../src/nn/optimisers/lion.ts'
import type { Optimiser } from '../../src/nn/optimisers/optimiser.ts'
import { sgd } from '../../src/nn/optimisers/sgd.ts'
import { cosine, linearDecay } from '../../src/nn/schedule.ts'
import { type Initialiser, input, noise, parameter, type Tensor } from '../../src/nn/tensor.ts'
import type { TrainStep } from '../../src/nn/train-step.ts'
import { withStep } from './with-step.ts'

const INPUTS = 5
const HIDDEN = 4

const normal: Initialiser = (values, _, random) => {
  for (let k = 0; k < values.length; k++) values[k] = random.normal() / 2
}
const x = input('x', ['batch', INPUTS])

function perceptron(hidden: number): Tensor {
  const bent = relu(
    add(matmul(x, parameter('in', [INPUTS, hidden], normal)), parameter('shift', [hidden], normal)),
  )
  return matmul(bent, parameter('out', [hidden, 1], normal))
}

const squaredError = (output: Tensor) => mean(square(subtract(output, input('y', ['batch', 1]))))

function numbers(count: number, seed: number): Float32Array {
  const random = createRandom(seed)
  return Float32Array.from({ length: count }, random.normal)
}

const batchOf = (count: number, seed: number) => ({
  x: numbers(count * INPUTS, seed),
  y: numbers(count, seed + 1000),
})

const copyOf = (step: TrainStep) =>
  new Map(Array.from(step.weights, ([name, values]) => [name, values.slice()]))

function close(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance = 1e-5): void {
  assert.equal(found.length, expected.length)
  for (let k = 0; k < expected.length; k++)
    assert.ok(Math.abs(found[k]! - expected[k]!) <= tolerance, `value ${k}: ${found[k]} for ${expected[k]}`)
}

test('a network of two layers recovers the planted one that made its labels', async () => {
  const teacher = await withStep(squaredError(perceptron(HIDDEN)), { seed: 7 }, async (step) => copyOf(step))
  const label = (row: Float32Array) => {
    let sum = 0
    for (let h = 0; h < HIDDEN; h++) {
      let above = teacher.get('shift')![h]!
      for (let k = 0; k < INPUTS; k++) above += row[k]! * teacher.get('in')![k * HIDDEN + h]!
      sum += Math.max(0, above) * teacher.get('out')![h]!
    }
    return sum
  }
  const count = 256
  const batch = (seed: number) => {
    const values = numbers(count * INPUTS, seed)
    const y = Float32Array.from({ length: count }, (_, r) =>
      label(values.subarray(r * INPUTS, (r + 1) * INPUTS)),
    )
    return { x: values, y }
  }
  // Wider than the teacher: a student of its width may stop where two of its units share one of the teacher's.
  await withStep(squaredError(perceptron(4 * HIDDEN)), { optimiser: adamW(), seed: 2 }, async (step) => {
    const steps = 1500
    const schedule = cosine(steps)
    const { loss: before } = await step.run(batch(5000), 0)
    for (let s = 0; s < steps; s++) await step.run(batch(s), 0.02 * schedule(s + 1))
    const { loss } = await step.run(batch(5001), 0)
    assert.ok(loss < 1e-4 * before, `${before} → ${loss}`)
  })
})

test('the gradients of several batches make the step of one batch of all their rows', async () => {
  const parts = [1, 2, 3].map((seed) => batchOf(4, seed))
  const whole = {
    x: Float32Array.from(parts.flatMap((part) => [...part.x])),
    y: Float32Array.from(parts.flatMap((part) => [...part.y])),
  }
  for (const optimiser of [sgd({ momentum: 0.9 }), adamW()]) {
    const loss = squaredError(perceptron(HIDDEN))
    const expected = await withStep(loss, { optimiser }, async (step) => {
      for (let s = 0; s < 3; s++) await step.run(whole, 0.01)
      return copyOf(step)
    })
    await withStep(loss, { optimiser, accumulate: 3 }, async (step) => {
      const before = copyOf(step)
      for (let s = 0; s < 3; s++) {
        for (const part of parts) await step.run(part, 0.01)
        assert.equal(step.steps, s + 1)
      }
      for (const [name, values] of step.weights) close(values, expected.get(name)!)
      await step.run(parts[0]!, 0.01)
      assert.notDeepEqual(copyOf(step), before)
    })
  }
})

test('parameters that are packed learn what they learn alone, and keep it under the same names', async () => {
  const states: Map<string, Float32Array>[] = []
  for (const packed of [0, HIDDEN * INPUTS]) {
    const options = { optimiser: adamW({ weightDecay: 0.5 }), accumulate: 2, clip: 0.5, packed }
    await withStep(squaredError(perceptron(HIDDEN)), options, async (step) => {
      for (let s = 0; s < 7; s++) await step.run(batchOf(8, s), 0.05)
      states.push(step.state)
    })
  }
  const [alone, together] = states as [Map<string, Float32Array>, Map<string, Float32Array>]
  assert.deepEqual([...together.keys()].sort(), [...alone.keys()].sort())
  for (const [name, values] of alone)
    values.forEach((value, k) => {
      const found = together.get(name)![k]!
      assert.ok(Math.abs(found - value) <= 1e-5 * Math.max(1, Math.abs(value)), `${name}[${k}]`)
    })
})

test('between updates the weights stay', async () => {
  await withStep(squaredError(perceptron(HIDDEN)), { accumulate: 2 }, async (step) => {
    const before = copyOf(step)
    await step.run(batchOf(4, 1), 0.1)
    assert.deepEqual(copyOf(step), before)
    await step.run(batchOf(4, 2), 0.1)
    assert.notDeepEqual(copyOf(step), before)
  })
})

test('clipping shortens all gradients together to the given length, and leaves shorter ones', async () => {
  const loss = squaredError(perceptron(HIDDEN))
  const batch = batchOf(8, 1)
  const moved = (clip?: number) =>
    withStep(loss, { clip }, async (step) => {
      const before = copyOf(step)
      const { gradientLength } = await step.run(batch, 1)
      const moves = [...step.weights].flatMap(([name, values]) =>
        Array.from(values, (value, k) => before.get(name)![k]! - value),
      )
      return { gradientLength, moves }
    })
  const free = await moved()
  close([Math.hypot(...free.moves)], [free.gradientLength], 1e-4)
  const half = await moved(free.gradientLength / 2)
  close([half.gradientLength], [free.gradientLength])
  close(
    half.moves,
    free.moves.map((move) => move / 2),
  )
  close((await moved(2 * free.gradientLength)).moves, free.moves)
})

test('a loss that is no number stops with the step and the expression, and the weights stay', async () => {
  const loss = mean(
    log(
      matmul(
        x,
        parameter('positive', [INPUTS, 1], (values) => void values.fill(1)),
      ),
    ),
  )
  await withStep(loss, {}, async (step) => {
    await step.run({ x: new Float32Array(INPUTS).fill(1) }, 0.01)
    const before = copyOf(step)
    const run = step.run({ x: new Float32Array(INPUTS).fill(-1) }, 0.01)
    await assert.rejects(run, (error: Error) => {
      assert.ok(error instanceof NotFiniteError)
      assert.match(error.message, /step 2: log\(matmul\(.*\) \[batch, 1\]\) \[batch, 1\] is not finite/)
      return true
    })
    assert.deepEqual(copyOf(step), before)
    assert.equal(step.batches, 1)
    await step.run({ x: new Float32Array(INPUTS).fill(1) }, 0.01)
  })
})

test('a gradient that is no number stops although the loss is one', async () => {
  const weights = parameter('weights', [INPUTS, 1], normal)
  // The slope of a square root at 0.
  const loss = mean(sqrt(square(matmul(x, weights))))
  const row = input('row', ['batch', INPUTS])
  const ofRow = mean(sqrt(square(sum(multiply(row, row), [-1]))))
  const zeros = new Float32Array(INPUTS)
  await withStep(loss, {}, async (step) => {
    const before = copyOf(step)
    await assert.rejects(step.run({ x: zeros }, 0.01), /step 1: the gradient of weights is not finite/)
    assert.deepEqual(copyOf(step), before)
  })
  await withStep(ofRow, { rows: [row] }, async (step) => {
    await assert.rejects(step.run({ row: zeros }, 0.01), /step 1: the gradient of row is not finite/)
  })
})

test('a seed decides weights and noise, another one gives others', async () => {
  const dropped = multiply(x, cast(greater(noise('dropout', x.shape), 0.5), 'float32'))
  const loss = mean(square(subtract(matmul(dropped, parameter('w', [INPUTS, 1], normal)), 1)))
  const losses = (seed: number) =>
    withStep(loss, { seed }, async (step) => {
      const found: number[] = []
      for (let s = 0; s < 4; s++) found.push((await step.run({ x: numbers(3 * INPUTS, 1) }, 0.01)).loss)
      return found
    })
  const first = await losses(1)
  assert.deepEqual(await losses(1), first)
  assert.notDeepEqual(await losses(2), first)
  // The same batch at rate 0: only the noise of each step differs.
  const still = await withStep(loss, {}, async (step) => {
    const one = await step.run({ x: numbers(3 * INPUTS, 1) }, 0)
    return [one.loss, (await step.run({ x: numbers(3 * INPUTS, 1) }, 0)).loss]
  })
  assert.notEqual(still[0], still[1])
})

test('rows get the gradient of the loss by each of their values', async () => {
  const row = input('row', ['batch', 2])
  const loss = mean(
    multiply(
      square(row),
      parameter('three', [1], (values) => void values.fill(3)),
    ),
  )
  await withStep(loss, { rows: [row] }, async (step) => {
    const { rows } = await step.run({ row: Float32Array.of(1, 2, -3, 4) }, 0)
    close(rows.row!, [1.5, 3, -4.5, 6])
  })
})

test('a batch that does not fit is refused before anything runs', async () => {
  await withStep(squaredError(perceptron(HIDDEN)), {}, async (step) => {
    const { x: rows, y } = batchOf(4, 1)
    const refused: Batch[] = [
      { x: rows },
      { x: rows, y: y.subarray(1) },
      { x: rows.subarray(1), y },
      { x: rows, y: Int32Array.from(y) },
    ]
    for (const batch of refused) await assert.rejects(step.run(batch, 0.1), ShapeError)
    assert.equal(step.batches, 0)
    await step.run({ x: rows, y }, 0.1)
  })
})

test('a state that does not fit is refused as a whole', async () => {
  const loss = squaredError(perceptron(HIDDEN))
  await withStep(loss, {}, async (step) => {
    const before = copyOf(step)
    const state = new Map(Array.from(step.state, ([name, values]) => [name, values.map(() => 5)]))
    state.set('out', new Float32Array(HIDDEN + 1))
    assert.throws(() => step.restore(3, state), ShapeError)
    assert.deepEqual(copyOf(step), before)
    assert.equal(step.batches, 0)
  })
})

test('a restored state goes on as the step that it was taken from', async () => {
  const loss = squaredError(perceptron(HIDDEN))
  const options = { optimiser: adamW({ weightDecay: 0.1 }), accumulate: 2, clip: 1 }
  const [taken, expected] = await withStep(loss, options, async (step) => {
    for (let s = 0; s < 5; s++) await step.run(batchOf(4, s), 0.01)
    const state = new Map(Array.from(step.state, ([name, values]) => [name, values.slice()]))
    for (let s = 5; s < 9; s++) await step.run(batchOf(4, s), 0.01)
    return [state, copyOf(step)]
  })
  await withStep(loss, { ...options, seed: 9 }, async (step) => {
    step.restore(5, taken)
    for (let s = 5; s < 9; s++) await step.run(batchOf(4, s), 0.01)
    assert.deepEqual(copyOf(step), expected)
  })
})

interface Plain {
  optimiser: Optimiser
  /** Moves one value in float64, given its gradient, the step from 1, and what was kept. */
  move(value: number, gradient: number, step: number, kept: number[]): number
}

const RATE = 0.1
const noneKept = () => Array.from({ length: INPUTS }, (): number[] => [])
const plain: Record<string, Plain> = {
  'sgd with decay': {
    optimiser: sgd({ weightDecay: 0.2 }),
    move: (value, gradient) => value - RATE * (gradient + 0.2 * value),
  },
  'sgd with momentum': {
    optimiser: sgd({ momentum: 0.8 }),
    move(value, gradient, _, kept) {
      kept[0] = 0.8 * (kept[0] ?? 0) + gradient
      return value - RATE * kept[0]
    },
  },
  adagrad: {
    optimiser: adagrad(),
    move(value, gradient, _, kept) {
      kept[0] = (kept[0] ?? 0) + gradient * gradient
      return value - (RATE * gradient) / (Math.sqrt(kept[0]) + 1e-10)
    },
  },
  adamw: {
    optimiser: adamW({ weightDecay: 0.2 }),
    move(value, gradient, step, kept) {
      kept[0] = 0.9 * (kept[0] ?? 0) + 0.1 * gradient
      kept[1] = 0.999 * (kept[1] ?? 0) + 0.001 * gradient * gradient
      const mean = kept[0] / (1 - 0.9 ** step)
      const square = kept[1] / (1 - 0.999 ** step)
      return value * (1 - RATE * 0.2) - (RATE * mean) / (Math.sqrt(square) + 1e-8)
    },
  },
  lion: {
    optimiser: lion({ weightDecay: 0.2 }),
    move(value, gradient, _, kept) {
      const before = kept[0] ?? 0
      kept[0] = 0.99 * before + 0.01 * gradient
      return value * (1 - RATE * 0.2) - RATE * Math.sign(0.9 * before + 0.1 * gradient)
    },
  },
}

for (const [name, { optimiser, move }] of Object.entries(plain)) {
  test(`${name} moves each value as its definition says; shifts do not decay`, async () => {
    // The gradient of each value is the input itself.
    const weights = parameter('weights', [1, INPUTS], normal)
    const shift = parameter('shift', [INPUTS], normal)
    const given = input('given', ['batch', INPUTS])
    const loss = sum(multiply(add(weights, shift), given))
    await withStep(loss, { optimiser }, async (step) => {
      const expected = copyOf(step)
      const decays = name.includes('decay') || name === 'adamw' || name === 'lion'
      const kept = { weights: noneKept(), shift: noneKept() }
      for (let s = 1; s <= 30; s++) {
        const gradient = numbers(INPUTS, s)
        await step.run({ given: gradient }, RATE)
        for (let k = 0; k < INPUTS; k++) {
          const own = expected.get('weights')!
          own[k] = move(own[k]!, gradient[k]!, s, kept.weights[k]!)
          const shifts = expected.get('shift')!
          // What decay took is given back.
          const taken = decays ? RATE * 0.2 * shifts[k]! : 0
          shifts[k] = move(shifts[k]!, gradient[k]!, s, kept.shift[k]!) + taken
        }
        for (const [key, values] of step.weights) close(values, expected.get(key)!, 1e-4)
      }
    })
  })
}

test('schedules rise over the warm-up and fall to their floor', () => {
  for (const schedule of [cosine(100, 10, 0.1), linearDecay(100, 10, 0.1)]) {
    close([1, 5, 10, 55, 100, 150].map(schedule), [0.1, 0.5, 1, 0.55, 0.1, 0.1])
    for (let s = 10; s < 100; s++) assert.ok(schedule(s + 1) < schedule(s))
  }
  close([1, 100].map(cosine(100)), [cosine(100)(1), 0])
  assert.ok(cosine(100)(1) > 0.999)
})
