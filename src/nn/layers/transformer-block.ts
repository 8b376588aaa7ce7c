/** @file A transformer block that normalises before each part (Xiong et al. 2020, "pre-LN"). */

import { add } from '../operators/arithmetic.ts'
import type { Tensor } from '../tensor.ts'
import { dropout } from './dropout.ts'
import { type FeedForwardOptions, feedForward } from './feed-forward.ts'
import type { Layer } from './layer.ts'
import { layerNorm } from './layer-norm.ts'
import { type AttentionInput, type AttentionOptions, multiHeadAttention } from './multi-head-attention.ts'

export interface TransformerBlockOptions extends AttentionOptions {
  /** Of the parts' results, of attention weights and of hidden values, while training; 0 when left out. */
  dropout?: number
  feedForward?: Omit<FeedForwardOptions, 'dropout'>
  /** `layerNorm` when left out. */
  norm?: (name: string) => Layer
}

/** x + attention(norm(x)), and on that + feedForward(norm(·)): [batch, time, width] → [batch, time, width]. */
export function transformerBlock(name: string, options: TransformerBlockOptions) {
  const { norm = layerNorm } = options
  const rate = options.dropout ?? 0
  const attention = multiHeadAttention(`${name}/attention`, options)
  const forward = feedForward(`${name}/feed-forward`, { ...options.feedForward, dropout: rate })
  const norms = [norm(`${name}/attention/norm`), norm(`${name}/feed-forward/norm`)] as const
  const drops = [dropout(`${name}/attention`, rate), dropout(`${name}/feed-forward/out`, rate)] as const
  return (x: Tensor, { mask, training }: Omit<AttentionInput, 'to'> = {}): Tensor => {
    const seen = add(x, drops[0](attention(norms[0](x), { mask, training }), training))
    return add(seen, drops[1](forward(norms[1](seen), training), training))
  }
}
