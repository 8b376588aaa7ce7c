/** @file A thread that runs one ONNX model for a thread that stands still meanwhile. */

import { type MessagePort, workerData } from 'node:worker_threads'
import type { SessionOptions } from '../session.ts'
import { type ModelArray, type ModelArrays, type OpenModel, openModel } from './open-model.ts'
import type { Signature } from './signature.ts'

export interface BlockingShared {
  model: string | Uint8Array
  signature: Signature
  options: SessionOptions
  port: MessagePort
  answered: Int32Array
}

export interface BlockingTask {
  arrays: ModelArrays
  rows: number
}

/** What went wrong, or results; neither once the model is open. */
export interface BlockingAnswer {
  problem?: string
  results?: Record<string, ModelArray>
}

const { model, signature, options, port, answered } = workerData as BlockingShared

function answer(message: BlockingAnswer): void {
  port.postMessage(message)
  Atomics.store(answered, 0, 1)
  Atomics.notify(answered, 0)
}

async function tried(work: () => Promise<BlockingAnswer>): Promise<void> {
  answer(await work().catch((error: Error) => ({ problem: error.message })))
}

let open: OpenModel | undefined
await tried(async () => {
  open = await openModel(model, signature, options)
  return {}
})
port.on('message', ({ arrays, rows }: BlockingTask) =>
  tried(async () => ({ results: await open!.run(arrays, rows) })),
)
