/**
 * @file Mixed precision (Micikevicius et al. 2018): matrix products take and give float16, everything else stays float32.
 */

import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { InvalidOptionError, UnavailableError } from '../base/errors.ts'
import { emitModel } from './onnx/emit.ts'
import type { Products } from './onnx/emitter.ts'
import { matmul } from './operators/matmul.ts'
import { type Device, openSession, type SessionOptions } from './session.ts'
import { input } from './tensor.ts'

export const PRECISIONS = ['float32', 'mixed'] as const
export type Precision = (typeof PRECISIONS)[number]

/**
 * ONNX Runtime has no products in float16 on x86, and multiplies the same numbers in float32.
 *
 * @throws InvalidOptionError for any other precision
 */
export function productsOf(precision: Precision, device: Device): Products {
  if (!PRECISIONS.includes(precision))
    throw new InvalidOptionError('precision', precision, `one of ${PRECISIONS.join(', ')}`)
  if (precision === 'float32') return 'float32'
  return device === 'cpu' ? 'rounded' : 'float16'
}

/**
 * Multiplies two numbers in float16: a device without them says so only when it runs.
 *
 * @throws UnavailableError when the device has none
 */
export async function checkFloat16(options: SessionOptions): Promise<void> {
  const product = matmul(input('a', [1, 1]), input('b', [1, 1]))
  const one = () => new OnnxTensor('float32', Float32Array.of(1), [1, 1])
  const session = await openSession(emitModel({ product }, undefined, [], 'float16').bytes, options)
  try {
    await session.run({ a: one(), b: one() })
  } catch (cause) {
    throw new UnavailableError(
      `${options.device} has no float16 here: ${(cause as Error).message}`,
      "leave out precision: 'mixed'",
      cause,
    )
  } finally {
    await session.release()
  }
}
