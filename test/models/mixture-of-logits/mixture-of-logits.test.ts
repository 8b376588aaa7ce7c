import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../../src/base/csr.ts'
import { silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { bestOfAll, openScorer } from '../../../src/models/mixture-of-logits/exhaustive.ts'
import {
  fitMixtureOfLogits,
  type MixtureOfLogitsOptions,
} from '../../../src/models/mixture-of-logits/mixture-of-logits.ts'
import { openSideOfQuery } from '../../../src/models/mixture-of-logits/query.ts'
import { vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const ITEMS = 240
const USERS = 600
const LIKED = ITEMS / 2
const options: MixtureOfLogitsOptions = {
  dim: 16,
  hidden: 16,
  dropout: 0,
  pooling: 'sum',
  pretrained: false,
  temperature: 0.2,
  logQ: true,
  mixedNegatives: true,
  hardNegatives: 0,
  batch: 50,
  candidates: ITEMS,
  queryItems: 10,
  targets: 10,
  hiddenIds: 0,
  epochs: 15,
  patience: 15,
  rate: 0.02,
  tableRate: 0.02,
  vectors: 4,
  gateHidden: 8,
  gateDropout: 0,
  first: 8,
  firstWeight: 0.5,
}

/** Each item has or lacks A, and has or lacks B. */
const hasA = (item: number) => item % 2 === 0
const hasB = (item: number) => item % 4 < 2
/** Users of one kind like items that have one of the two, the others those with both or none. */
const likes = (user: number, item: number) => (hasA(item) !== hasB(item)) === (user % 2 === 0)

function exclusiveOr() {
  const random = createRandom(1)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    while (own.size < 20) {
      const item = random.below(ITEMS)
      if (likes(user, item)) own.add(item)
    }
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  const content = vectorMatrix(ITEMS, 3)
  for (let item = 0; item < ITEMS; item++)
    vectorAt(content, item).set([hasA(item) ? 1 : -1, hasB(item) ? 1 : -1, 0.1 * random.normal()])
  return {
    histories: csrFromEdges(USERS, ITEMS, { from, to }),
    isOrdered: false,
    attributes: [{ codes: Uint32Array.from({ length: USERS }, (_, user) => user % 2), values: 2 }],
    content,
    // Items are what they are made of: rows of their own could hold anything.
    ids: false,
  }
}

const fit = (changed: Partial<MixtureOfLogitsOptions>) =>
  fitMixtureOfLogits(exclusiveOr(), { ...options, ...changed }, 1, 1, silentProgress)

/** Share of what both kinds of users like among the items that are first for them. */
function liked(model: Awaited<ReturnType<typeof fit>>): number {
  const sideOf = openSideOfQuery(model)
  const scorer = openScorer(model.mixture, model.sides)
  const items = Uint32Array.from({ length: ITEMS }, (_, item) => item)
  const shares = [0, 1].map((user) => {
    const found = bestOfAll(scorer, sideOf([], null, [user]), items, LIKED).items
    return found.filter((item) => likes(user, item)).length / LIKED
  })
  return (shares[0]! + shares[1]!) / 2
}

test('a mixture learns what depends on two things at once, a dot product of the same length does not', async () => {
  const [mixture, dot] = [await fit({}), await fit({ vectors: 1 })]
  assert.ok(liked(mixture) >= 0.95, `mixture: ${liked(mixture)}`)
  assert.ok(liked(dot) <= 0.8, `dot product: ${liked(dot)}`)
})
