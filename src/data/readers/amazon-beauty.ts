/** @file Amazon Beauty, 5-core: reviews in order, with titles and categories; no times and no ratings. */

import { InvalidRowError } from '../../base/errors.ts'
import { decodeEntities } from '../entities.ts'
import { allLines, gzipOrPlain, readLines, wholeNumber } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'

export const amazonBeauty: DatasetReader = {
  name: 'amazon-beauty',
  aliases: ['beauty'],
  title: 'Amazon Beauty, 5-core',
  licence: 'none stated; Amazon review data, research use',
  citation:
    'Julian McAuley, Christopher Targett, Qinfeng Shi and Anton van den Hengel. 2015. Image-Based Recommendations ' +
    'on Styles and Substitutes. SIGIR 2015.',
  address:
    'https://github.com/aHuiWang/CIKM2020-S3Rec (sequences), https://github.com/Linxyhaha/TransRec (titles)',
  files: [
    {
      path: 'sequential_data.txt.gz',
      sha256: 'd90327e98288647f5bae59c0dba82e153af2d940eafb7540f4b05185e108d0fe',
    },
    { path: 'items.tsv.gz', sha256: '86deb4de3cc384a135cd2e2b26757ef24bfea3f5a3fdf214d3cdef06907a93dd' },
  ],
  // The published protocol: each user's last item is test. Without times this says nothing about before and after.
  split: { kind: 'given' },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    await readItems(gzipOrPlain(folder, 'items.tsv'), writer)
    const path = gzipOrPlain(folder, 'sequential_data.txt')
    const task = progress.start('read reviews', 198_502)
    for await (const { lines, first } of readLines(path)) {
      for (let k = 0; k < lines.length; k++) {
        if (lines[k] === '') continue
        const [user, ...items] = lines[k].trim().split(' ')
        wholeNumber(user, path, first + k, 'user')
        items.forEach((item, place) => {
          wholeNumber(item, path, first + k, 'item')
          const context = place === items.length - 1 ? { split: 'test' } : null
          writer.event({ user, item, kind: 'rating', context })
        })
      }
      task.update(writer.events)
    }
    writer.flush()
    task.end()
    return [
      "The reviews have an order and no times: each user's last item is test.",
      'Character references in titles were resolved; codes of reviewers were left out.',
    ]
  },
}

/** `item_id, asin, title, categories`, tab separated; categories as paths `A > B > C ; A > D`. */
async function readItems(path: string, writer: StoreWriter): Promise<void> {
  for (const [k, line] of (await allLines(path)).entries()) {
    if (k === 0) continue
    const [id, asin, title, categories] = line.split('\t')
    if (categories === undefined) {
      throw new InvalidRowError({ file: path, line: k + 1, field: 'categories', expected: 'four fields' })
    }
    const paths = decodeEntities(categories)
      .split(' ; ')
      .map((levels) => levels.split(' > '))
    // The first level is "Beauty" for all; the second is what a shop would call the department.
    const tags = [...new Set(paths.flatMap((levels) => levels.slice(1)))]
    writer.item({
      id,
      title: decodeEntities(title).replace(/\s+/g, ' ').trim(),
      tags,
      attributes: { asin, category: paths[0][1] ?? paths[0][0] },
    })
  }
}
