/** @file Dense float32 matrix products on all threads: one Gemm in ONNX Runtime, in place over the caller's arrays. */

import { InferenceSession, Tensor } from 'onnxruntime-node'
import { onnxModel } from './onnx-model.ts'

/** Row-major, contiguous; may be a view of shared memory. */
export interface Matrix {
  rows: number
  columns: number
  values: Float32Array
}

export interface MatrixProduct {
  /** target ← target − left · rightᵀ; left is m × k, right n × k, target m × n. */
  subtract(target: Matrix, left: Matrix, right: Matrix): Promise<void>
  close(): Promise<void>
}

/** @param threads that each product may use */
export async function openMatrixProduct(threads: number): Promise<MatrixProduct> {
  const model = onnxModel({
    nodes: [
      {
        operator: 'Gemm',
        inputs: ['left', 'right', 'target'],
        outputs: ['result'],
        attributes: { alpha: { float: -1 }, beta: { float: 1 }, transB: 1 },
      },
    ],
    inputs: ['left', 'right', 'target'],
    outputs: ['result'],
  })
  const session = await InferenceSession.create(model, {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Shapes change from call to call: keeping buffers for each of them would only hold memory.
    enableCpuMemArena: false,
    enableMemPattern: false,
  })
  return {
    async subtract(target, left, right) {
      const result = tensorOf(target)
      // Result and target are one buffer: Gemm first copies the target into the result, then adds the product to it.
      await session.run({ left: tensorOf(left), right: tensorOf(right), target: result }, { result })
    },
    close: () => session.release(),
  }
}

const tensorOf = ({ rows, columns, values }: Matrix) => new Tensor('float32', values, [rows, columns])
