/** @file YooChoose, 100,000-row sample: clicks in sessions of a web shop over one week, with true times. */

import { InvalidRowError } from '../../base/errors.ts'
import { gzipOrPlain, readLines } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'

const REPOSITORY =
  'https://raw.githubusercontent.com/rn5l/session-rec/02cf50705942f13a7f7ad77b0816403fb88df0f5/data/rsc15/prepared'

/** In this order: equal times within a session keep the order of the files. */
const PARTS = ['yoochoose-clicks-100k_train_full.txt', 'yoochoose-clicks-100k_test.txt'] as const

export const yoochoose: DatasetReader = {
  name: 'yoochoose',
  aliases: ['yoochoose-100k'],
  folders: ['yoochoose', 'yoochoose-100k'],
  title: 'YooChoose clicks, 100,000-row sample',
  licence: 'none stated; RecSys Challenge 2015 data, research use',
  citation:
    'David Ben-Shimon, Alexander Tsikinovsky, Michael Friedmann, Bracha Shapira, Lior Rokach and Johannes Hoerle. ' +
    '2015. RecSys Challenge 2015 and the YOOCHOOSE Dataset. RecSys 2015. https://doi.org/10.1145/2792838.2798723',
  address: 'https://github.com/rn5l/session-rec',
  files: [
    { path: `${PARTS[0]}.gz`, sha256: '38dbb080a94314de3273b6ce8ab4476c1281a1d8243efe0cab3f1753000f953c' },
    { path: `${PARTS[1]}.gz`, sha256: '85bc977a9cfc82d6429e573adbc9e8be7782a7b9f47876bb733add548f80914d' },
  ],
  alternatives: [
    {
      files: [
        {
          path: PARTS[0],
          sha256: '9842c90358298ee784fcf0c9dccb2eeb283ab04368e53bdeee896747f4c03e1e',
          address: `${REPOSITORY}/${PARTS[0]}`,
        },
        {
          path: PARTS[1],
          sha256: '380410c606403531019e1ec0b4d192ef90492d594b9b5a91633b860618dd7136',
          address: `${REPOSITORY}/${PARTS[1]}`,
        },
      ],
    },
  ],
  split: { kind: 'sessions', fraction: 0.8 },
  surface: 'related',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    const task = progress.start('read clicks', 83_846)
    for (const part of PARTS) {
      const path = gzipOrPlain(folder, part)
      for await (const { lines, first } of readLines(path)) {
        for (let k = 0; k < lines.length; k++) {
          if (first + k === 1 || lines[k] === '') continue
          const [session, item, seconds] = lines[k].split('\t')
          // Milliseconds are the precision of the file; rounding takes away what the decimal fraction added.
          const time = Math.round(Number(seconds) * 1000)
          if (!item || !seconds || !Number.isFinite(time)) {
            throw new InvalidRowError({
              file: path,
              line: first + k,
              field: 'Time',
              value: seconds,
              expected: 'SessionId, ItemId and Unix seconds, tab separated',
            })
          }
          // Nobody is known across sessions, so each session is a user of its own.
          writer.event({ user: session, item, kind: 'click', time, session })
        }
        task.update(writer.events)
      }
    }
    writer.flush()
    task.end()
    return ['Visitors are known within a session only: each session stands for a user. Items have no text.']
  },
}
