/** @file item2vec: words trained in a second, and planted neighbours found, against gensim's Word2Vec. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { csrFromEdges, rowOf } from '../src/base/csr.ts'
import { silentProgress } from '../src/base/progress.ts'
import { fitItem2vec, type Item2vecOptions } from '../src/models/item2vec.ts'
import { occurrences } from '../src/models/item2vec-memory.ts'
import { searchExact } from '../src/vectors/exact-search.ts'
import { normalisedRows, type VectorMatrix, vectorAt } from '../src/vectors/vector-matrix.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'
import { graphEdges } from './graph-6m.ts'
import { pythonPeer } from './python-peer.ts'

const corpus = { items: 10_000, collections: 33_000, edges: 1_000_000, topics: 150 }
const smallCorpus = { items: 3000, collections: 10_000, edges: 300_000, topics: 60 }
const options: Item2vecOptions = {
  dim: 64,
  window: 5,
  negatives: 5,
  noiseExponent: 0.75,
  subsampling: 1e-3,
  learningRate: 0.025,
  epochs: 5,
  hogwild: true,
}
const REPEATS = 5
/** Of so many items, spread over the catalogue, the nearest are looked at. */
const PROBES = 1000
const NEAREST = 10
/** Rarer items have hardly been trained. */
const MIN_COUNT = 20

const benchmark: Benchmark = {
  summary:
    'Skip-gram with the same corpus, dimension, window, negatives and epochs; found: nearest items of the same topic.',
  async run({ threads, quick, note }) {
    const { items, collections, item, collection, topic } = graphEdges(quick ? smallCorpus : corpus, 1)
    const sequences = { rows: csrFromEdges(collections, items, { from: collection, to: item }), unordered: 0 }
    const counts = occurrences(sequences.rows)
    const folder = await mkdtemp(join(tmpdir(), 'labrador-item2vec-'))
    try {
      const peer = await pythonPeer(note)
      if (peer) {
        const lines = Array.from({ length: collections }, (_, s) => rowOf(sequences.rows, s).join(' '))
        await writeFile(join(folder, 'sentences.txt'), `${lines.join('\n')}\n`)
      }
      const rows: BenchRow[] = []
      for (const workers of threads > 1 ? [1, threads] : [1]) {
        const fit = () => fitItem2vec(sequences, options, 1, workers, silentProgress)
        const words = item.length * options.epochs
        const speed = words / (await medianSeconds(fit, REPEATS))
        const found = sameTopic(await fit(), topic, counts)
        const { dim, window, negatives, subsampling, learningRate, epochs } = options
        const given = [folder, dim, window, negatives, subsampling, learningRate, epochs, REPEATS]
        const theirs = await peer?.measure<{ seconds: number }>('word2vec.py', given, workers)
        const on = `${workers} ${workers === 1 ? 'thread' : 'threads'}`
        rows.push({
          metric: `words, ${on}`,
          value: speed / 1e6,
          unit: 'M/s',
          ...(theirs && compared(speed / 1e6, words / theirs.seconds / 1e6)),
        })
        const theirFound = theirs && sameTopic(await peerVectors(folder, items), topic, counts)
        rows.push({
          metric: `found, ${on}`,
          value: found,
          unit: 'share',
          ...(theirFound && compared(found, theirFound)),
        })
      }
      return rows
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

function compared(ours: number, theirs: number): Partial<BenchRow> {
  return { peer: 'gensim', peerValue: theirs, ratio: ours / theirs }
}

/** Share of the nearest items of the probes that are of the probe's topic. */
function sameTopic(vectors: VectorMatrix, topic: Uint32Array, counts: Float64Array): number {
  const unit = normalisedRows(vectors)
  for (let i = 0; i < unit.count; i++) if (counts[i] < MIN_COUNT) vectorAt(unit, i).fill(0)
  const frequent = Array.from(counts.keys()).filter((i) => counts[i] >= MIN_COUNT)
  const stride = Math.max(1, Math.floor(frequent.length / PROBES))
  const probes = frequent.filter((_, k) => k % stride === 0)
  let same = 0
  for (const probe of probes) {
    const { items } = searchExact(unit, vectorAt(unit, probe), NEAREST, [probe])
    for (const other of items) if (topic[other] === topic[probe]) same++
  }
  return same / (probes.length * NEAREST)
}

/** The last items may not occur in the corpus. */
async function peerVectors(folder: string, items: number): Promise<VectorMatrix> {
  const bytes = await readFile(join(folder, 'vectors.f32'))
  const values = new Float32Array(items * options.dim)
  new Uint8Array(values.buffer).set(bytes)
  return { count: items, dim: options.dim, values }
}

export default benchmark
