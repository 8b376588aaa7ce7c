/** @file The real datasets, where they are at hand: splits pair by pair as the reference implementation makes them. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import test, { type TestContext } from 'node:test'
import { degree, rowOf } from '../../src/base/csr.ts'
import { type IdTable, idAt } from '../../src/base/id-table.ts'
import type { Dataset, Interactions } from '../../src/data/dataset.ts'
import { defaultDataDirectories, findDataset } from '../../src/data/files.ts'
import { historiesOf } from '../../src/data/histories.ts'
import { loadDataset } from '../../src/data/load-dataset.ts'
import { prepareDataset } from '../../src/data/prepare.ts'
import { datasetReader } from '../../src/data/readers.ts'
import { sessionSequences } from '../../src/data/sessions.ts'
import { splitDataset } from '../../src/data/split.ts'
import { temporaryFolder } from './folder.ts'

/** Figures and digests of train and test as plain numpy code makes them: pairs "user item", one a line, sorted. */
const published = [
  {
    name: 'movielens-1m',
    users: 683,
    items: 3615,
    train: '006b03b18787901ed98b075c4926754e',
    test: '0240dfd51cbc44d4ac63d1258391c765',
  },
  {
    name: 'citeulike-t',
    users: 3873,
    items: 25584,
    train: '2866c499e196218af4962a3b4b35dc33',
    test: 'd0eca35d5c3a9153f1ebcb9c6b9101d8',
  },
  {
    name: 'pinterest',
    users: 37499,
    items: 9836,
    train: 'a221ea0dadda5da61efd27132b5eb265',
    test: 'ac8e80fbf375919196d1a9a917f852e4',
  },
  {
    name: 'goodbooks-10k',
    users: 22507,
    items: 10000,
    train: '5ce3fefeb0b11b0b0bc3ffcdc2ec4204',
    test: '29b4259f08522698bd14dcaab1e1f9a7',
  },
]

for (const { name, users, items, train, test: held } of published) {
  test(`${name} splits as published`, async (context) => {
    const dataset = await load(name, context)
    if (!dataset) return
    const split = splitDataset(dataset)
    const counted = eligible(split.train, split.test)
    assert.deepEqual(
      [digestOfPairs(dataset, split.train.interactions), digestOfPairs(dataset, split.test)],
      [train, held],
    )
    assert.deepEqual(counted, { users, items })
  })
}

test('yoochoose splits as published', async (context) => {
  const dataset = await load('yoochoose', context)
  if (!dataset) return
  const { train, test: held } = splitDataset(dataset)
  assert.equal(digestOfSessions(dataset, train.interactions), '4bdbc44c1447db4d2dc195977e864c6a')
  assert.equal(digestOfSessions(dataset, held), '709e2f3e37dcc5031f1fb72cf75fa6b2')
  const known = new Set(train.interactions.item)
  const sequences = sessionSequences(held, dataset.catalog.items.ids.length)
  let clicks = 0
  for (let session = 0; session < sequences.rows; session++) {
    const clicked = rowOf(sequences, session)
    for (let k = 1; k < clicked.length; k++)
      if (known.has(clicked[k]) && clicked[k] !== clicked[k - 1]) clicks++
  }
  assert.deepEqual([clicks, known.size], [9529, 2930])
})

async function load(name: string, context: TestContext): Promise<Dataset | null> {
  const directories = [...defaultDataDirectories(), join(import.meta.dirname, '../../../shared/data')]
  const found = await findDataset(datasetReader(name), { directories, offline: true }).catch(() => null)
  if (found === null) {
    context.skip(`${name} is not in ${directories.join(' or ')}`)
    return null
  }
  const storeDirectory = await temporaryFolder(context)
  const store = await prepareDataset(name, { dataDirectories: directories, storeDirectory, offline: true })
  const dataset = loadDataset(store)
  store.close()
  return dataset
}

/** Users with at least five distinct train items and a test item that is not among them; items in either half. */
function eligible(train: Dataset, held: Interactions): { users: number; items: number } {
  const counts = [train.users.users.ids.length, train.catalog.items.ids.length] as const
  const histories = historiesOf(train.interactions, ...counts)
  const targets = historiesOf(held, ...counts)
  let users = 0
  for (let user = 0; user < counts[0]; user++) {
    if (degree(histories, user) < 5) continue
    const seen = new Set(rowOf(histories, user))
    if (rowOf(targets, user).some((item) => !seen.has(item))) users++
  }
  return { users, items: new Set([...histories.targets, ...targets.targets]).size }
}

function digestOfPairs(dataset: Dataset, interactions: Interactions): string {
  // Indices follow the ids, so ordering by index orders by id.
  const items = idsOf(dataset.catalog.items)
  const users = idsOf(dataset.users.users)
  const pairs = Float64Array.from(
    interactions.user,
    (user, k) => user * items.length + interactions.item[k],
  ).sort()
  const lines: string[] = []
  for (let k = 0; k < pairs.length; k++) {
    if (pairs[k] === pairs[k - 1]) continue
    lines.push(`${users[Math.floor(pairs[k] / items.length)]} ${items[pairs[k] % items.length]}`)
  }
  return createHash('md5').update(lines.join('\n')).digest('hex')
}

const idsOf = (table: IdTable) => Array.from({ length: table.ids.length }, (_, index) => idAt(table, index))

/** Sessions in the order in which they begin, their items in order, one session a line. */
function digestOfSessions(dataset: Dataset, interactions: Interactions): string {
  const items = idsOf(dataset.catalog.items)
  const sequences = sessionSequences(interactions, items.length)
  const lines: string[] = []
  for (let session = 0; session < sequences.rows; session++) {
    if (degree(sequences, session) === 0) continue
    lines.push(Array.from(rowOf(sequences, session), (item) => items[item]).join(' '))
  }
  return createHash('md5').update(lines.join('\n')).digest('hex')
}
