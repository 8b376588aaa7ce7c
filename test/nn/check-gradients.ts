/** @file Compares what ONNX Runtime computes, forward and backward, with the reference and its finite differences. */

import assert from 'node:assert/strict'
import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { createRandom } from '../../src/base/random.ts'
import { gradients } from '../../src/nn/gradients.ts'
import { emitModel } from '../../src/nn/onnx/emit.ts'
import { multiply } from '../../src/nn/operators/arithmetic.ts'
import { sum } from '../../src/nn/operators/movement.ts'
import { openSession } from '../../src/nn/session.ts'
import { inOrder, input, isInput, isParameter, nameOf, type Tensor } from '../../src/nn/tensor.ts'
import { evaluate, sizeOf } from './reference.ts'

// Other numbers than those of leaves that were drawn from the same seed.
const WEIGHTS = 1
const STEP = 1e-5
const TOLERANCE = 1e-3

export interface Leaves {
  values: Record<string, number[]>
  dims?: Record<string, number>
}

/** Runs tensors in ONNX Runtime. */
export async function run(
  outputs: Record<string, Tensor>,
  { values, dims = {} }: Leaves,
): Promise<Record<string, { shape: readonly number[]; data: ArrayLike<number> }>> {
  const model = emitModel(outputs)
  const session = await openSession(model.bytes)
  const feeds: Record<string, OnnxTensor> = {}
  for (const { name, shape, type = 'float32' } of model.inputs) {
    const given = values[name]!
    const data =
      type === 'float32'
        ? Float32Array.from(given)
        : type === 'int32'
          ? Int32Array.from(given)
          : Uint8Array.from(given)
    feeds[name] = new OnnxTensor(
      type,
      data as Float32Array,
      shape.map((dim) => sizeOf(dim, dims)),
    )
  }
  const results = await session.run(feeds)
  await session.release()
  return Object.fromEntries(
    Object.entries(results).map(([name, { dims: shape, data }]) => [
      name,
      { shape, data: data as Float32Array },
    ]),
  )
}

/**
 * The scalar Σ weights ⊙ output is differentiated by every float leaf; weights are random, so that errors do not cancel.
 * Relative error: |a − b| / max(|a|, |b|, the largest of the tensor, 1e-2).
 */
export async function checkGradients(output: Tensor, leaves: Leaves, seed = 1): Promise<void> {
  const { dims = {} } = leaves
  const random = createRandom(seed, WEIGHTS)
  const weights = input('weights', output.shape)
  const size = output.shape.reduce<number>((product, dim) => product * sizeOf(dim, dims), 1)
  const values: Record<string, number[]> = {
    ...leaves.values,
    weights: Array.from({ length: size }, () => random.normal()),
  }
  const loss = sum(multiply(output, weights))
  const by = inOrder([output]).filter(
    (leaf) => (isInput(leaf) || isParameter(leaf)) && leaf.dtype === 'float32',
  )
  const derivatives = gradients(loss, by)
  const named = Object.fromEntries(derivatives.map((tensor, k) => [`by-${nameOf(by[k]!)}`, tensor]))
  const found = await run({ output, ...named }, { values, dims })
  compare('forward', found.output!.data, evaluate(output, values, dims).data)
  for (const leaf of by) {
    const name = nameOf(leaf)
    const expected = values[name]!.map((x, k) => {
      const at = (value: number) => {
        const moved = { ...values, [name]: values[name]!.with(k, value) }
        return evaluate(loss, moved, dims).data[0]!
      }
      return (at(x + STEP) - at(x - STEP)) / (2 * STEP)
    })
    compare(`by ${name}`, found[`by-${name}`]!.data, expected)
  }
}

export function compare(what: string, found: ArrayLike<number>, expected: ArrayLike<number>): void {
  assert.equal(found.length, expected.length, `${what}: number of values`)
  const largest = Array.from(expected).reduce((most, x) => Math.max(most, Math.abs(x)), 1e-2)
  for (let k = 0; k < expected.length; k++) {
    const error = Math.abs(found[k]! - expected[k]!) / largest
    assert.ok(error <= TOLERANCE, `${what}, value ${k}: ${found[k]} for ${expected[k]}`)
  }
}
