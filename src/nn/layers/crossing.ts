/** @file Explicit products of features: the cross network of DCN-v2 (Wang et al. 2021, equations 1 and 2). */

import { add, multiply } from '../operators/arithmetic.ts'
import { forWidth, type Layer } from './layer.ts'
import { linear } from './linear.ts'

export interface CrossingOptions {
  /** Products of up to layers + 1 features. */
  layers: number
  /** The matrix of a layer is a product of two of this rank; full when left out. */
  rank?: number
}

/** x ← x₀ ⊙ (W x + b) + x, layer by layer: [… , width] → [… , width]. Parameters `name/0/weight` … */
export function crossing(name: string, { layers, rank }: CrossingOptions): Layer {
  const makeLayers = forWidth(name, (width) =>
    Array.from({ length: layers }, (_, k): Layer => {
      const out = linear(`${name}/${k}`, width)
      if (rank === undefined) return out
      const narrow = linear(`${name}/${k}/narrow`, rank, { bias: false })
      return (x) => out(narrow(x))
    }),
  )
  return (first) => makeLayers(first).reduce((x, layer) => add(multiply(first, layer(x)), x), first)
}
