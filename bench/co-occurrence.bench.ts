/** @file Co-occurrence: the 100 nearest of every item of a graph of 6 million edges, against `implicit`. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildItemGraph } from '../src/graph/build-graph.ts'
import { coOccurrence } from '../src/graph/co-occurrence.ts'
import { type Benchmark, type BenchRow, medianSeconds } from './bench.ts'
import { graphEdges, SIX_MILLION, SMALL } from './graph-6m.ts'
import { pythonPeer } from './python-peer.ts'

const NEIGHBOURS = 100
const REPEATS = 5
const cosine = { kind: 'power', query: 0.5, item: 0.5, shrinkage: 0 } as const

const benchmark: Benchmark = {
  summary:
    'The 100 items with the largest cosine for every item, from rows that are built and from bare edges.',
  async run({ threads, quick, note }) {
    const edges = graphEdges(quick ? SMALL : SIX_MILLION, 1)
    const graph = buildItemGraph(edges)
    const options = {
      neighbours: NEIGHBOURS,
      normalisation: cosine,
      collectionWeighting: 0,
      maxCollectionSize: 1_000_000,
    }
    const neighbours = await coOccurrence(graph, options, threads)
    const ours = {
      fit: await medianSeconds(() => coOccurrence(graph, options, threads), REPEATS),
      all: await medianSeconds(() => coOccurrence(buildItemGraph(edges), options, threads), REPEATS),
      total: neighbours.weights?.reduce((sum, weight) => sum + weight, 0) ?? 0,
    }

    const folder = await mkdtemp(join(tmpdir(), 'labrador-neighbours-'))
    try {
      const peer = await pythonPeer(note)
      if (peer) {
        await writeFile(join(folder, 'item.u32'), edges.item)
        await writeFile(join(folder, 'collection.u32'), edges.collection)
      }
      const given = [folder, edges.items, edges.collections, NEIGHBOURS, REPEATS]
      const theirs = await peer?.measure<typeof ours>('neighbours.py', given, threads)
      const million = graph.toItems.targets.length / 1e6
      const row = (what: string, part: 'fit' | 'all'): BenchRow => ({
        metric: `neighbours of all items, ${what}, ${million.toFixed(1)} M edges`,
        value: ours[part],
        unit: 's',
        ...(theirs && { peer: 'implicit', peerValue: theirs[part], ratio: theirs[part] / ours[part] }),
      })
      return [
        row('rows given', 'fit'),
        row('from edges', 'all'),
        // The same work was done when the sums of all cosines agree; not a matter of better or worse.
        {
          metric: 'sum of all cosines',
          value: ours.total,
          unit: '1',
          peer: 'implicit',
          peerValue: theirs?.total,
        },
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

export default benchmark
