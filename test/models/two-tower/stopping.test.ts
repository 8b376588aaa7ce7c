/** @file When the training of towers stops: by users who teach nothing, by others, or where one was told. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges, rowOf } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import type { TwoTowerInput } from '../../../src/models/two-tower/training-input.ts'
import { type DotProductOptions, fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'

const USERS = 300
const ITEMS = 200
const random = createRandom(4)
/** Half of the users have items of the first hundred, half of the second: soon learned, and then too much is. */
const edges = Array.from({ length: USERS }, (_, user) => {
  const own = new Set<number>()
  while (own.size < 6) own.add((user % 2) * 100 + random.below(100))
  return [...own].map((item) => ({ user, item }))
}).flat()
const held = edges.filter((_, k) => k % 6 === 0)
const taught = edges.filter((_, k) => k % 6 !== 0)
const input: TwoTowerInput = {
  histories: csrFromEdges(USERS, ITEMS, {
    from: taught.map(({ user }) => user),
    to: taught.map(({ item }) => item),
  }),
  isOrdered: false,
  attributes: [],
  content: null,
  ids: true,
}
const judged = held.map(({ user, item }) => ({
  asked: rowOf(input.histories, user),
  hidden: Uint32Array.of(item),
  codes: [],
}))
const options: DotProductOptions = {
  ...{ dim: 16, hidden: 16, dropout: 0, pretrained: false, temperature: 0.1, logQ: true },
  ...{ mixedNegatives: true, hardNegatives: 0, batch: 50, candidates: 200, queryItems: 10 },
  ...{ pooling: 'sum', interests: 1, targets: 4, hiddenIds: 0 },
  ...{ epochs: 8, patience: 8, rate: 0.01, tableRate: 0.1 },
}
const fit = (given: TwoTowerInput, changed: Partial<DotProductOptions> = {}) =>
  fitTwoTower(given, { ...options, ...changed }, 1, 1, silentProgress)

test('what was found to be the best epoch is where a training that stops there ends, to the bit', async () => {
  const found = await fit({ ...input, judged })
  assert.ok(found.recall > 0 && found.epochs >= 1 && found.epochs <= 8)
  const told = await fit(input, { stopAfter: found.epochs })
  assert.equal(told.epochs, found.epochs)
  assert.equal(told.recall, 0)
  assert.deepEqual(told.items.values, found.items.values)
  const further = await fit(input, { stopAfter: found.epochs + 1 })
  assert.notDeepEqual(further.items.values, found.items.values)
})

test('users who judge teach nothing, unless others judge', async () => {
  const own = await fit(input, { epochs: 1 })
  const others = await fit({ ...input, judged }, { epochs: 1 })
  assert.notDeepEqual(own.items.values, others.items.values)
})
