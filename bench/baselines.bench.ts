/** @file The evaluator against the reference: baselines of five public datasets, digit by digit. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { judgeBaselines } from '../src/evaluation/judge-baselines.ts'
import type { Benchmark, BenchRow } from './bench.ts'

/** Figures of the reference implementation (numpy), by dataset, baseline and metric. */
const reference: Record<string, Record<string, Record<string, number>>> = {
  'movielens-1m': {
    popularity: { 'ndcg@10': 0.2731, 'recall@100': 0.2472 },
    'item-knn': { 'ndcg@10': 0.2707, 'recall@100': 0.2145 },
    'ease-300': { 'ndcg@10': 0.2647, 'recall@100': 0.2479 },
  },
  'yoochoose-100k': {
    popularity: { 'mrr@20': 0.018, 'recall@20': 0.0725 },
    'last-click-cosine': { 'mrr@20': 0.2359, 'recall@20': 0.5068 },
    'last-click-count': { 'mrr@20': 0.2489, 'recall@20': 0.5458 },
  },
  'citeulike-t': {
    popularity: { 'ndcg@10': 0.0215, 'recall@100': 0.0915 },
    'item-knn': { 'ndcg@10': 0.0614, 'recall@100': 0.2203 },
  },
  'goodbooks-10k': {
    popularity: { 'ndcg@10': 0.0008, 'recall@100': 0.0105 },
    'item-knn': { 'ndcg@10': 0.1858, 'recall@100': 0.4558 },
    'ease-300': { 'ndcg@10': 0.2038, 'recall@100': 0.4805 },
  },
  pinterest: {
    popularity: { 'ndcg@10': 0.0069, 'recall@100': 0.0555 },
    'item-knn': { 'ndcg@10': 0.0806, 'recall@100': 0.3813 },
    'ease-300': { 'ndcg@10': 0.0867, 'recall@100': 0.3923 },
  },
}
/** Small enough for a quick look. */
const QUICK = ['movielens-1m', 'yoochoose-100k']

const benchmark: Benchmark = {
  summary: 'Baselines under the reference protocols; peer values are those of the reference implementation.',
  async run({ threads, quick, progress, note }) {
    const stores = await mkdtemp(join(tmpdir(), 'labrador-baselines-'))
    const rows: BenchRow[] = []
    try {
      for (const [name, expected] of Object.entries(reference)) {
        if (quick && !QUICK.includes(name)) continue
        const store = await prepareDataset(name, { storeDirectory: stores, progress }).catch((error) => {
          note(`${name} was left out: ${(error as Error).message}`)
          return null
        })
        if (!store) continue
        const dataset = loadDataset(store)
        store.close()
        const metrics = Object.keys(expected.popularity!)
        const judged = await judgeBaselines(dataset, { metrics, threads, seed: 1, progress })
        for (const [baseline, figures] of Object.entries(expected)) {
          if (!judged[baseline]) {
            note(`${name}: ${baseline} cannot run here.`)
            continue
          }
          for (const [metric, peerValue] of Object.entries(figures)) {
            const value = judged[baseline]![metric]!
            const equal = value.toFixed(4) === peerValue.toFixed(4)
            rows.push({
              metric: `${name} ${baseline} ${metric}`,
              value,
              unit: 'mean',
              peer: 'reference',
              peerValue,
              ratio: equal ? 1 : value / peerValue,
            })
          }
        }
      }
      return rows
    } finally {
      await rm(stores, { recursive: true, force: true })
    }
  },
}

export default benchmark
