/**
 * @file Runs an ONNX model for callers that cannot wait for a promise, as a source that is asked for candidates cannot. ONNX
 * Runtime has no call that blocks: a thread of its own runs the model while the caller's stands still.
 */

import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads'
import { InvalidFileError, UnavailableError } from '../../base/errors.ts'
import { workerModule } from '../../base/worker-module.ts'
import type { SessionOptions } from '../session.ts'
import type { BlockingAnswer, BlockingShared, BlockingTask } from './blocking-worker.ts'
import { checkedArray, type ModelArray, type ModelArrays } from './open-model.ts'
import type { Signature } from './signature.ts'

/** A thread that has not answered by then never will. */
const LONGEST_MS = 60_000

/** Models are often left behind by whoever opened them: then their threads end too. */
const leftBehind = new FinalizationRegistry<Worker>((worker) => void worker.terminate())

export class BlockingModel {
  readonly #signature: Signature
  readonly #port: MessagePort
  /** 1 once an answer has been sent. */
  readonly #answered = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker

  /**
   * @param model path of an ONNX file, or what is in one
   * @throws InvalidFileError when it is no ONNX file, or has not what the signature declares
   */
  constructor(model: string | Uint8Array, signature: Signature, options: SessionOptions = {}) {
    const { port1, port2 } = new MessageChannel()
    this.#signature = signature
    this.#port = port1
    this.#worker = new Worker(workerModule(import.meta.url, './blocking-worker'), {
      workerData: {
        model,
        signature,
        options,
        port: port2,
        answered: this.#answered,
      } satisfies BlockingShared,
      transferList: [port2],
    })
    this.#worker.unref()
    leftBehind.register(this, this.#worker)
    const { problem } = this.#receive()
    if (problem !== undefined) {
      void this.close()
      throw new InvalidFileError(typeof model === 'string' ? model : 'the model', problem)
    }
  }

  /**
   * @param rows size of the axis "batch"
   * @throws ShapeError when an array is missing, of another type or length
   */
  run(arrays: ModelArrays, rows: number): Record<string, ModelArray> {
    for (const [name, port] of Object.entries(this.#signature.inputs))
      checkedArray(name, port, arrays[name], rows)
    this.#port.postMessage({ arrays, rows } satisfies BlockingTask)
    const { problem, results } = this.#receive()
    if (!results) throw new UnavailableError(`the model did not run: ${problem}`)
    return results
  }

  async close(): Promise<void> {
    leftBehind.unregister(this)
    await this.#worker.terminate()
  }

  #receive(): BlockingAnswer {
    if (Atomics.wait(this.#answered, 0, 0, LONGEST_MS) === 'timed-out')
      throw new UnavailableError('the thread of the model does not answer')
    Atomics.store(this.#answered, 0, 0)
    return receiveMessageOnPort(this.#port)!.message as BlockingAnswer
  }
}
