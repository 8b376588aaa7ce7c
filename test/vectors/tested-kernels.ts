/** @file The kernels that the tests hold to each other: all that run here, the native one with every set of instructions. */

import { scanKernels } from '../../src/vectors/kernels.ts'
import { INSTRUCTIONS, nativeInstructions, nativeKernelWith } from '../../src/vectors/native-kernel.ts'
import type { ScanKernel } from '../../src/vectors/scanner.ts'
import { VectorTable } from '../../src/vectors/vector-table.ts'

export interface TestedKernel {
  label: string
  kernel: ScanKernel
}

export function testedKernels(): TestedKernel[] {
  const native = INSTRUCTIONS.filter(runs).map((instructions) => ({
    label: `native with ${instructions}`,
    kernel: nativeKernelWith(instructions),
  }))
  const others = scanKernels.filter(({ name, isAvailable }) => name !== 'native' && isAvailable())
  return [...native, ...others.map((kernel) => ({ label: kernel.name as string, kernel }))]
}

function runs(instructions: (typeof INSTRUCTIONS)[number]): boolean {
  if (nativeInstructions() === null) return false
  try {
    const { parts } = new VectorTable({ dim: 1, format: 'int8', metric: 'inner-product' })
    nativeKernelWith(instructions).open(parts, 0).close()
    return true
  } catch {
    return false
  }
}
