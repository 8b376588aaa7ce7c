/** @file A thread that holds one ONNX session and runs batches. */

import { serveTasks } from '../../base/worker-pool.ts'
import type { SessionOptions } from '../session.ts'
import { type ModelArray, type ModelArrays, type OpenModel, openModel } from './open-model.ts'
import type { Signature } from './signature.ts'

export interface SessionShared {
  path: string
  signature: Signature
  options: SessionOptions
}

export interface SessionTask {
  arrays: ModelArrays
  rows: number
}

serveTasks(({ path, signature, options }: SessionShared) => {
  let model: Promise<OpenModel> | undefined
  return async ({ arrays, rows }: SessionTask): Promise<Record<string, ModelArray>> => {
    model ??= openModel(path, signature, options)
    return (await model).run(arrays, rows)
  }
})
