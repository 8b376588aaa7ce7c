/** @file Exported networks in plain ONNX Runtime from Python: the same file, the same inputs, the same outputs. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Tensor as OnnxTensor } from 'onnxruntime-node'
import { concreteShape } from '../src/nn/batch.ts'
import { exportModel } from '../src/nn/export.ts'
import { openSession } from '../src/nn/session.ts'
import { inOrder, isInput, nameOf } from '../src/nn/tensor.ts'
import { initialWeights } from '../src/nn/weights.ts'
import type { Benchmark, BenchRow } from './bench.ts'
import { formula, type Network, perceptron, rowsFromOutside, transformer, twoTower } from './nn-networks.ts'
import { pythonPeer } from './python-peer.ts'

const LENGTH = 20
const networks: Record<string, Network> = {
  perceptron: perceptron({ inputs: 64, hidden: 256, outputs: 64 }),
  'two-tower': twoTower({ dim: 32, hidden: 64 }, rowsFromOutside(LENGTH)),
  transformer: transformer({ length: LENGTH, dim: 32, heads: 2 }, rowsFromOutside(LENGTH)),
}
const BATCH = 32

const benchmark: Benchmark = {
  summary: 'Largest difference between the outputs of an exported file here and in ONNX Runtime for Python.',
  async run({ threads, note }) {
    const peer = await pythonPeer(note)
    const rows: BenchRow[] = []
    if (!peer) return rows
    for (const [name, { output }] of Object.entries(networks)) {
      const folder = await mkdtemp(join(tmpdir(), 'labrador-export-'))
      try {
        const path = join(folder, 'model.onnx')
        await exportModel(path, { output }, initialWeights([output], 1))
        const feeds: Record<string, OnnxTensor> = {}
        for (const [k, leaf] of inOrder([output]).filter(isInput).entries()) {
          const dims = concreteShape(leaf.shape, new Map([['batch', BATCH]]))
          const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, (_, at) =>
            formula(k, at),
          )
          feeds[nameOf(leaf)] = new OnnxTensor('float32', values, dims)
          await writeFile(join(folder, `${nameOf(leaf)}.f32`), values)
        }
        const session = await openSession(path, { threads })
        const ours = (await session.run(feeds)).output!.data as Float32Array
        await session.release()
        const { version } = await peer.measure<{ version: string }>('onnx-run.py', [folder], threads)
        const bytes = await readFile(join(folder, 'output.f32'))
        const theirs = new Float32Array(ours.length)
        new Uint8Array(theirs.buffer).set(bytes)
        const differences = ours.map((value, k) => Math.abs(value - theirs[k]!))
        const largest = differences.reduce((most, value) => Math.max(most, value), 0)
        rows.push({
          metric: `${name}, largest difference`,
          value: largest,
          unit: '',
          peer: `onnxruntime ${version}`,
        })
        const same = differences.reduce((count, value) => count + Number(value === 0), 0) / ours.length
        rows.push({ metric: `${name}, equal to the bit`, value: same, unit: 'share' })
      } finally {
        await rm(folder, { recursive: true, force: true })
      }
    }
    return rows
  },
}

export default benchmark
