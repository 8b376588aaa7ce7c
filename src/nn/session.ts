/** @file Opens an ONNX model on a device. */

import { InferenceSession } from 'onnxruntime-node'
import { UnavailableError } from '../base/errors.ts'

export const DEVICES = ['cpu', 'webgpu', 'cuda'] as const
export type Device = (typeof DEVICES)[number]

export interface SessionOptions {
  /** The processor when left out. */
  device?: Device
  /** Threads of one run on the processor; one when left out. */
  threads?: number
}

/**
 * Threads look for work for 50 µs before they sleep: longer than from one node to the next, where waking them would cost more
 * than a small node does, and too short to take a core from those that make batches or answer requests.
 */
export const THREADING = { allow_spinning: '1', spin_duration_us: '50' }

/** @throws UnavailableError when the device is not there */
export async function openSession(
  model: Uint8Array | string,
  { device = 'cpu', threads = 1 }: SessionOptions = {},
): Promise<InferenceSession> {
  const options: InferenceSession.SessionOptions = {
    executionProviders: device === 'cpu' ? ['cpu'] : [device, 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    // Warnings about nodes that another provider takes would only alarm.
    logSeverityLevel: 3,
    extra: { session: { intra_op: THREADING } },
  }
  try {
    return typeof model === 'string'
      ? await InferenceSession.create(model, options)
      : await InferenceSession.create(model, options)
  } catch (cause) {
    if (device === 'cpu') throw cause
    const hint = `use device: 'cpu', or install what "${device}" needs`
    throw new UnavailableError(`no session on ${device}: ${(cause as Error).message}`, hint, cause)
  }
}
