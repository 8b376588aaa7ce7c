/** @file The nine networks of `nn.bench.ts`: three kinds in three sizes. */

export type NetworkCase =
  | { kind: 'perceptron'; batch: number; inputs: number; hidden: number; outputs: number }
  | { kind: 'two-tower'; batch: number; length: number; rows: number; dim: number; hidden: number }
  | { kind: 'transformer'; batch: number; length: number; rows: number; dim: number; heads: number }

export const networkCases: NetworkCase[] = [
  { kind: 'perceptron', batch: 256, inputs: 64, hidden: 256, outputs: 64 },
  { kind: 'perceptron', batch: 1024, inputs: 256, hidden: 1024, outputs: 256 },
  { kind: 'perceptron', batch: 2048, inputs: 512, hidden: 2048, outputs: 512 },
  { kind: 'two-tower', batch: 256, length: 10, rows: 10_000, dim: 32, hidden: 64 },
  { kind: 'two-tower', batch: 1024, length: 20, rows: 100_000, dim: 64, hidden: 256 },
  { kind: 'two-tower', batch: 2048, length: 50, rows: 200_000, dim: 128, hidden: 512 },
  { kind: 'transformer', batch: 32, length: 20, rows: 10_000, dim: 32, heads: 2 },
  { kind: 'transformer', batch: 128, length: 50, rows: 50_000, dim: 64, heads: 2 },
  { kind: 'transformer', batch: 64, length: 100, rows: 50_000, dim: 128, heads: 4 },
]

/** `perceptron 64-256-64 × 256`. */
export function caseName(given: NetworkCase): string {
  const { kind, batch } = given
  if (kind === 'perceptron') return `perceptron ${given.inputs}-${given.hidden}-${given.outputs} × ${batch}`
  const inner = kind === 'two-tower' ? `hidden ${given.hidden}` : `${given.heads} heads`
  return `${kind} ${batch} × ${given.length} × ${given.dim}, ${inner}`
}
