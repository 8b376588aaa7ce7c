/** @file What optimism costs and shows on data that are there: home lists of the two towers, by several policies with one fit. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Artefact } from '../src/base/array-file.ts'
import { fitSources, openSources } from '../src/cascade/fit.ts'
import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'
import { splitDataset } from '../src/data/split.ts'
import { tasksOf } from '../src/evaluation/protocol.ts'
import { listOf, requestOf, userCodes } from '../src/evaluation/tasks.ts'
import { policyName } from '../src/experiments/simulation/retrieval/compare-retrieval.ts'
import type { RetrievalPolicy } from '../src/experiments/simulation/retrieval/retrieval-loop.ts'
import type { BenchContext } from './bench.ts'

export interface OptimisticList {
  dataset: string
  policy: RetrievalPolicy
  recall: number
  /** Of the items of the lists, the share that nobody had in the training data; and that fewer than five had. */
  unseen: number
  rare: number
  /** Items on anybody's list, as a share of the catalogue. */
  coverage: number
}

const DEPTH = 100
const CASES = { all: 2000, quick: 200 }
/** Enough that the first hundred remain without what the user has. */
const ASKED = 4000
const RARE = 5

/** @param policies the largest optimism is fitted with; the others are set in what was fitted */
export async function optimisticTowers(
  name: string,
  options: Record<string, unknown>,
  policies: readonly RetrievalPolicy[],
  { threads, progress, quick, note }: BenchContext,
): Promise<OptimisticList[]> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-uncertainty-'))
  try {
    const store = await prepareDataset(name, { storeDirectory: folder, progress })
    const { train, ...split } = splitDataset(loadDataset(store))
    store.close()
    const surface = 'home' as const
    const maxUnits = quick ? CASES.quick : CASES.all
    const tasks = tasksOf({ train, ...split }, { surface, queryItems: 2000, fading: 1, maxUnits, seed: 1 })
    const fitted = await fitSources(train, {
      surfaces: [surface],
      sources: ['two-tower'],
      sourceOptions: {
        'two-tower': { ...options, optimism: Math.max(...policies.map(({ optimism }) => optimism)) },
      },
      threads,
      seed: 1,
      progress,
    })
    const artefact = fitted.artefacts['two-tower'] as Artefact
    note(`${name}: ${(artefact.meta.notes as string[]).join('; ')}`)
    const touches = new Uint32Array(tasks.eligible.length)
    for (const item of train.interactions.item) touches[item]!++
    const codes = userCodes(train.users)
    return policies.map((policy) => {
      const { optimism, exploration } = policy
      const meta = {
        ...artefact.meta,
        'uncertainty.optimism': optimism,
        'uncertainty.exploration': exploration,
      }
      const artefacts = { 'two-tower': { ...artefact, meta } }
      const [source] = openSources({ ...fitted, artefacts }, surface)
      const seen = new Uint8Array(touches.length)
      const sums = { recall: 0, unseen: 0, rare: 0, shown: 0 }
      for (let task = 0; task < tasks.length; task++) {
        const had = new Set(listOf(tasks.seen, task))
        const relevant = new Set(listOf(tasks.relevant, task))
        const list = source!
          .propose(requestOf(tasks, task, codes, 1), ASKED)
          .items.filter((item) => tasks.eligible[item] === 1 && !had.has(item))
          .subarray(0, DEPTH)
        sums.recall += list.filter((item) => relevant.has(item)).length / relevant.size
        for (const item of list) {
          seen[item] = 1
          sums.shown++
          if (touches[item] === 0) sums.unseen++
          if (touches[item]! < RARE) sums.rare++
        }
      }
      return {
        dataset: name,
        policy,
        recall: sums.recall / tasks.length,
        unseen: sums.unseen / sums.shown,
        rare: sums.rare / sums.shown,
        coverage: seen.reduce((sum, has) => sum + has, 0) / seen.length,
      }
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Markdown. */
export function optimisticTable(lists: readonly OptimisticList[]): string {
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`
  const lines = lists.map(({ dataset, policy, recall, unseen, rare, coverage }) =>
    [dataset, policyName(policy), recall.toFixed(4), percent(unseen), percent(rare), percent(coverage)].join(
      ' | ',
    ),
  )
  const head =
    'dataset | found by | recall@100 | that nobody had | that fewer than five had | of the catalogue'
  return [head, `--- |${' ---: |'.repeat(4)} ---:`, ...lines].map((line) => `| ${line} |`).join('\n')
}
