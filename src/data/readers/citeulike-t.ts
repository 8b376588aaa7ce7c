/** @file CiteULike-t: people saving papers to their own libraries, with free tags; the nearest to a pinboard. No times. */

import { InvalidRowError } from '../../base/errors.ts'
import { allLines, gzipOrPlain, wholeNumber } from '../lines.ts'
import type { DatasetReader } from '../reader.ts'
import { StoreWriter } from '../store-writer.ts'

const REPOSITORY = 'https://raw.githubusercontent.com/changun/CollMetric'
const SAVES_COMMIT = '5e0604d50ddaf2f0f338bde1ce5e4cade51ac144'
const TAGS_COMMIT = '12b6487e4c6db3892193d17f0cd6cc02cf266cda'

export const citeulikeT: DatasetReader = {
  name: 'citeulike-t',
  aliases: ['citeulike'],
  title: 'CiteULike-t',
  licence: 'none stated; research use',
  citation:
    'Hao Wang, Binyi Chen and Wu-Jun Li. 2013. Collaborative Topic Regression with Social Regularization for ' +
    'Tag Recommendation. IJCAI 2013.',
  address: 'https://github.com/changun/CollMetric',
  files: [
    { path: 'users.dat.gz', sha256: '1eae66e3336d6f8e1fed9e169cf062e846664483cff60962a6171065e43b2da9' },
    { path: 'tag-item.dat.gz', sha256: 'df9212db0b85a75dbb5933ea45756e1585c57cb87626569b3ddc00ecc36ab452' },
    { path: 'tags.dat.gz', sha256: '9d4fcb50984ac7e0654117bc8f2f5bed7c8a500b057431af5be687b5e57fd552' },
  ],
  alternatives: [
    {
      files: [
        {
          path: 'users.dat',
          sha256: '02d5d429b2c0362e0ed79f6ef204666b4092563d21493abf4dfb521e8a7078bf',
          address: `${REPOSITORY}/${SAVES_COMMIT}/citeulike-t/users.dat`,
        },
        {
          path: 'tag-item.dat',
          sha256: 'e2b80fc0e023780b63c00a397a2d0934eff6dbaf8a1b918778698361dae7ce6b',
          address: `${REPOSITORY}/${TAGS_COMMIT}/citeulike-t/tag-item.dat`,
        },
        {
          path: 'tags.dat',
          sha256: '2f1e6dd94fe216a4453caf67e337c45f73938373b21d2aa3b6d2696387449e76',
          address: `${REPOSITORY}/${SAVES_COMMIT}/citeulike-t/tags.dat`,
        },
      ],
    },
  ],
  split: { kind: 'hold-out', buckets: 5 },
  positive: { weights: { save: 1 } },
  surface: 'home',

  async read(folder, store, progress) {
    const writer = new StoreWriter(store)
    const papers = await readTags(gzipOrPlain(folder, 'tag-item.dat'), gzipOrPlain(folder, 'tags.dat'))
    for (const [id, tags] of papers) {
      writer.item({ id: String(id), tags: tags.map((tag) => tag.name) })
    }
    const path = gzipOrPlain(folder, 'users.dat')
    const saved = new Set<number>()
    const lines = await allLines(path)
    const task = progress.start('read saves', lines.length)
    for (let user = 0; user < lines.length; user++) {
      for (const paper of numbers(lines[user], path, user + 1)) {
        saved.add(paper)
        writer.event({ user: String(user), item: String(paper), kind: 'save' })
      }
      task.update(user)
    }
    writer.flush()
    task.end()
    const unsaved = [...papers.keys()].filter((paper) => !saved.has(paper)).length
    return [
      'The saves have no times; the papers have no titles, only tags.',
      `${unsaved.toLocaleString('en')} tagged papers are in nobody's library: they are in the catalog without saves.`,
    ]
  },
}

/** Tags of each paper, the most widely used first: the order in which a card shows them. */
async function readTags(linksPath: string, namesPath: string) {
  const names = await allLines(namesPath)
  const links = await allLines(linksPath)
  const papers = new Map<number, { name: string; papers: number }[]>()
  for (let tag = 0; tag < links.length; tag++) {
    const tagged = numbers(links[tag], linksPath, tag + 1)
    for (const paper of tagged) {
      const tags = papers.get(paper) ?? []
      tags.push({ name: names[tag], papers: tagged.length })
      papers.set(paper, tags)
    }
  }
  for (const tags of papers.values()) tags.sort((a, b) => b.papers - a.papers)
  return papers
}

/** `count number number …` */
function numbers(line: string, file: string, lineNumber: number): number[] {
  const fields = line.trim().split(' ')
  const count = wholeNumber(fields[0], file, lineNumber, 'count')
  if (fields.length !== count + 1) {
    throw new InvalidRowError({
      file,
      line: lineNumber,
      field: 'count',
      value: count,
      expected: `${fields.length - 1}`,
    })
  }
  return fields.slice(1).map((field) => wholeNumber(field, file, lineNumber, 'item'))
}
