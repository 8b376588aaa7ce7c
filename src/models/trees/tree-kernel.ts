/** @file Functions of `kernels/tree-rows.ts` and `tree-splits.ts`; pointers are addresses of `tree-memory.ts`. */

import { type Kernel, loadKernel } from '../../base/kernel.ts'

export interface TreeKernels {
  rows: Kernel
  splits: Kernel
}

export const loadTreeKernels = (): TreeKernels => ({
  rows: loadKernel('tree-rows'),
  splits: loadKernel('tree-splits'),
})

export interface RowKernel {
  encode(values: number, stride: number, rows: number, bounds: number, nanCode: number, codes: number): void
  pack(
    gradients: number,
    hessians: number,
    bag: number,
    from: number,
    to: number,
    gradientScale: number,
    hessianScale: number,
    countBits: number,
    out: number,
    sums: number,
  ): void
  histogram8(
    rows: number,
    count: number,
    packed: number,
    columns: number,
    histograms: number,
    features: number,
    scratch: number,
  ): void
  histogram16(
    rows: number,
    count: number,
    packed: number,
    columns: number,
    histograms: number,
    features: number,
    scratch: number,
  ): void
  subtract(parent: number, child: number, bins: number): void
  partition(
    rows: number,
    count: number,
    column: number,
    wide: number,
    table: number,
    left: number,
    right: number,
  ): number
}

export interface SplitKernel {
  numericSplit(
    params: number,
    leaf: number,
    histogram: number,
    bins: number,
    hasNan: number,
    monotone: number,
    feature: number,
    best: number,
  ): void
  categoricalSplit(
    params: number,
    leaf: number,
    histogram: number,
    bins: number,
    feature: number,
    best: number,
    scratch: number,
  ): void
}
