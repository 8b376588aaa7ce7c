/** @file Pinterest: who pinned what, with a split of its own; no times, no boards, no images. */

import { InvalidRowError } from '../../base/errors.ts'
import { gzipOrPlain, readLines, wholeNumber } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'

const REPOSITORY =
  'https://raw.githubusercontent.com/kangkang-yun/HMGCN/8f41395ecdf72012a32a4b4ca0fe70802ae6bab5/data/pinterest'

export const pinterest: DatasetReader = {
  name: 'pinterest',
  title: 'Pinterest user–pin pairs',
  licence: 'none stated; research use',
  citation:
    'Xue Geng, Hanwang Zhang, Jingwen Bian and Tat-Seng Chua. 2015. Learning Image and User Features for ' +
    'Recommendation in Social Networks. ICCV 2015 (the set has its shape; its lineage is not proved).',
  address: 'https://github.com/kangkang-yun/HMGCN',
  files: [
    { path: 'train.txt.gz', sha256: '9496b49ca6415f2672378641caac66d6f04b23321a48318dd6282171173c64af' },
    { path: 'test.txt.gz', sha256: 'f19dd29ff276b3cfbb09e0b74b49d95a7b42142e64a947907a0b2fbcd6638d9a' },
  ],
  alternatives: [
    {
      files: [
        {
          path: 'train.txt',
          sha256: '28762ee724adc53f431e7c8f82e2c7617379025b880308d527d8d90308482c19',
          address: `${REPOSITORY}/train.txt`,
        },
        {
          path: 'test.txt',
          sha256: '961c77ce6014109921a46a819ef99dd1ee3471aed970e88fd0bf8ba394c10de3',
          address: `${REPOSITORY}/test.txt`,
        },
      ],
    },
  ],
  split: { kind: 'given' },
  positive: { weights: { save: 1 } },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    const task = progress.start('read pins', 1_025_709)
    const seen = { train: new Set<number>(), test: new Set<number>() }
    const dropped = { train: 0, test: 0, testInTrain: 0 }
    for (const split of ['train', 'test'] as const) {
      const context = split === 'test' ? { split } : null
      await eachPin(gzipOrPlain(folder, `${split}.txt`), (user, item) => {
        const pair = user * ITEM_BOUND + item
        if (seen[split].has(pair)) {
          dropped[split]++
          return
        }
        seen[split].add(pair)
        if (split === 'test' && seen.train.has(pair)) {
          dropped.testInTrain++
          return
        }
        writer.event({ user: String(user), item: String(item), kind: 'save', context })
        if (writer.events % 20_000 === 0) task.update(writer.events)
      })
    }
    writer.flush()
    task.end()
    return [
      `${dropped.train.toLocaleString('en')} repeated pairs in train, ` +
        `${dropped.test.toLocaleString('en')} in test and ` +
        `${dropped.testInTrain.toLocaleString('en')} test pairs that are also in train were dropped.`,
      'There are no times, boards, texts or images.',
    ]
  },
}

/** Pairs are told apart by one number, user · ITEM_BOUND + item. */
const ITEM_BOUND = 2 ** 20

/** `user item item …` a line. */
async function eachPin(path: string, visit: (user: number, item: number) => void): Promise<void> {
  for await (const { lines, first } of readLines(path)) {
    for (let k = 0; k < lines.length; k++) {
      if (lines[k] === '') continue
      const fields = lines[k].trim().split(' ')
      const user = wholeNumber(fields[0], path, first + k, 'user')
      for (let f = 1; f < fields.length; f++) {
        const item = wholeNumber(fields[f], path, first + k, 'item')
        if (item >= ITEM_BOUND) {
          throw new InvalidRowError({
            file: path,
            line: first + k,
            field: 'item',
            value: item,
            expected: `a number below ${ITEM_BOUND}`,
          })
        }
        visit(user, item)
      }
    }
  }
}
