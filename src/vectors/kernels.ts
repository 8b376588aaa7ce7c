/** @file The kernels there are, the fastest first. */

import { UnavailableError } from '../base/errors.ts'
import { nativeKernel } from './native-kernel.ts'
import { referenceKernel } from './reference-kernel.ts'
import type { KernelName, ScanKernel } from './scanner.ts'
import { wasmKernel } from './wasm-kernel.ts'

export const scanKernels: readonly ScanKernel[] = [nativeKernel, wasmKernel, referenceKernel]

/**
 * @param name the fastest that runs here when absent
 * @throws UnavailableError when that one does not run here
 */
export function scanKernel(name?: KernelName): ScanKernel {
  const found = scanKernels.find((kernel) => (!name || kernel.name === name) && kernel.isAvailable())
  if (!found)
    throw new UnavailableError(`kernel "${name}" does not run here`, 'build it: `npm run build:kernels`')
  return found
}
