/** @file Networks: train steps and inference beside PyTorch, and beside the matrix products that they are made of. */

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Benchmark, BenchRow } from './bench.ts'
import type { Measured } from './nn-once.ts'
import { caseName, type NetworkCase, networkCases } from './nn-sizes.ts'
import { pythonPeer } from './python-peer.ts'

type PeerMeasured = Pick<Measured, 'step' | 'serve' | 'memory'>

const run = promisify(execFile)
const module = join(import.meta.dirname, 'nn-once.ts')
/** By turns, so that what the machine does meanwhile meets both; the fastest window of all rounds counts. */
const ROUNDS = 6
const WINDOWS = 3
const MEBIBYTE = 2 ** 20

const benchmark: Benchmark = {
  summary:
    'AdamW (tables: row-wise Adagrad) beside PyTorch (fused AdamW, sparse Adagrad; inference_mode); limit: the bare matrix products.',
  async run({ threads, quick, only = '', note }) {
    const peer = await pythonPeer(note)
    const rows: BenchRow[] = []
    // The smallest of each kind.
    const cases = networkCases.filter((given, k) => caseName(given).includes(only) && (!quick || k % 3 === 0))
    for (const given of cases) {
      const text = JSON.stringify(given)
      const ours: Measured[] = []
      const theirs: PeerMeasured[] = []
      for (let round = 0; round < ROUNDS; round++) {
        const bare = round === 0 ? ['bare'] : []
        const given = [module, text, String(WINDOWS), String(threads), ...bare]
        const { stdout } = await run(process.execPath, given)
        ours.push(JSON.parse(stdout) as Measured)
        if (peer) theirs.push(await peer.measure<PeerMeasured>('nn.py', [text, WINDOWS], threads))
      }
      rows.push(...rowsOf(given, fastestOurs(ours), peer ? fastest(theirs) : undefined))
    }
    for (const work of ['step', 'serve']) {
      const ratios = rows
        .filter(({ metric, ratio }) => metric.startsWith(`${work}:`) && ratio)
        .map((row) => row.ratio!)
      ratios.sort((a, b) => a - b)
      if (ratios.length > 0)
        rows.push({
          metric: `${work}, median of ${ratios.length}`,
          value: ratios[ratios.length >> 1]!,
          unit: '× PyTorch',
        })
    }
    return rows
  },
}

function fastest(rounds: readonly PeerMeasured[]): PeerMeasured {
  return {
    step: Math.min(...rounds.map(({ step }) => step)),
    serve: Math.min(...rounds.map(({ serve }) => serve)),
    memory: Math.max(...rounds.map(({ memory }) => memory)),
  }
}

/** The first round measures the bare products too. */
const fastestOurs = (rounds: readonly Measured[]): Measured => ({ ...rounds[0]!, ...fastest(rounds) })

function rowsOf(given: NetworkCase, ours: Measured, theirs: PeerMeasured | undefined): BenchRow[] {
  const name = caseName(given)
  const rows = (['step', 'serve'] as const).flatMap((work): BenchRow[] => {
    const speed = (seconds: number) => given.batch / seconds / 1000
    const flops = (seconds: number) => ours.flops[work] / seconds / 1e9
    return [
      {
        metric: `${work}: ${name}`,
        value: speed(ours[work]),
        unit: 'k examples/s',
        ...(theirs && compared(speed(ours[work]), speed(theirs[work]))),
      },
      {
        metric: `${work}, arithmetic: ${name}`,
        value: flops(ours[work]),
        unit: 'GFLOP/s',
        limit: flops(ours.bare[work]),
      },
    ]
  })
  const memory = {
    metric: `memory: ${name}`,
    value: ours.memory / MEBIBYTE,
    unit: 'MiB',
    ...(theirs && {
      peer: 'PyTorch',
      peerValue: theirs.memory / MEBIBYTE,
      ratio: theirs.memory / ours.memory,
    }),
  }
  return [...rows, memory]
}

function compared(ours: number, theirs: number): Partial<BenchRow> {
  return { peer: 'PyTorch', peerValue: theirs, ratio: ours / theirs }
}

export default benchmark
