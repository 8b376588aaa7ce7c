/** @file Rows that items begin with: of whom they tell, how long they are, and what they spare the training. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { type Csr, csrFromEdges } from '../../../src/base/csr.ts'
import { type Progress, silentProgress } from '../../../src/base/progress.ts'
import { createRandom } from '../../../src/base/random.ts'
import { setFirstRows } from '../../../src/models/two-tower/first-rows.ts'
import { fitTwoTower } from '../../../src/models/two-tower/two-tower.ts'
import { lengthOf, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const TOPICS = 8
const PER_TOPIC = 150
/** Nobody had it. */
const NOBODYS = TOPICS * PER_TOPIC
const ITEMS = NOBODYS + 1
const USERS = 1600
const DIM = 16

/** Six items of one topic, two of any. */
function histories() {
  const random = createRandom(3)
  const from: number[] = []
  const to: number[] = []
  for (let user = 0; user < USERS; user++) {
    const own = new Set<number>()
    while (own.size < 6) own.add((user % TOPICS) * PER_TOPIC + random.below(PER_TOPIC))
    while (own.size < 8) own.add(random.below(NOBODYS))
    for (const item of own) {
      from.push(user)
      to.push(item)
    }
  }
  return csrFromEdges(USERS, ITEMS, { from, to })
}

const everybody = Uint32Array.from({ length: USERS }, (_, user) => user)

async function firstRows(given: Csr, learners: Uint32Array, before: number, progress = silentProgress) {
  const ids = vectorMatrix(ITEMS + 1, DIM)
  const history = vectorMatrix(ITEMS + 1, DIM)
  ids.values.fill(before)
  history.values.fill(before)
  await setFirstRows({ ids, history }, given, learners, 1, 1, progress)
  return { ids, history }
}

test('items say of their users what their topic is liked for; what nobody had stays as it was', async () => {
  const { ids, history } = await firstRows(histories(), everybody, 7)
  for (const row of [NOBODYS, ITEMS]) {
    assert.deepEqual([...vectorAt(ids, row)], new Array(DIM).fill(7), `row ${row}`)
    assert.deepEqual([...vectorAt(history, row)], new Array(DIM).fill(7), `row ${row}`)
  }
  const expected = (asked: number, item: number) =>
    vectorAt(history, asked).reduce((sum, value, j) => sum + value * vectorAt(ids, item)[j]!, 0)
  let total = 0
  let within = 0
  let across = 0
  for (let item = 0; item < NOBODYS; item++) {
    assert.ok(Math.abs(lengthOf(vectorAt(ids, item)) - 1) < 1e-5)
    total += lengthOf(vectorAt(history, item))
    if (item % PER_TOPIC > 0) within += expected(item, item - 1) / (NOBODYS - TOPICS)
    across += expected(item, (item + 2 * PER_TOPIC) % NOBODYS) / NOBODYS
  }
  assert.ok(Math.abs(total / NOBODYS - 1) < 1e-4)
  assert.ok(within > 3 * Math.abs(across), `${within} within, ${across} across`)
})

test('users who do not teach leave no trace', async () => {
  const learners = everybody.filter((user) => user % TOPICS !== 0)
  const rows = async (isChanged: boolean) => {
    const { targets, ...csr } = histories()
    const own = targets.slice()
    // Who does not teach has other items.
    if (isChanged) own.subarray(csr.offsets[0], csr.offsets[1]).reverse().fill(5)
    return (await firstRows({ ...csr, targets: own }, learners, 0)).ids.values
  }
  assert.deepEqual(await rows(true), await rows(false))
})

test('trials that begin with the same users factorise them once, others anew', async () => {
  const given = histories()
  let count = 0
  const progress: Progress = {
    start(...named) {
      count++
      return silentProgress.start(...named)
    },
  }
  const some = everybody.slice(100)
  const first = await firstRows(given, some, 0, progress)
  const again = await firstRows(given, some.slice(), 0, progress)
  assert.equal(count, 1)
  assert.deepEqual(again.ids.values, first.ids.values)
  assert.deepEqual(again.history.values, first.history.values)
  const others = await firstRows(given, everybody.slice(0, some.length), 0, progress)
  assert.equal(count, 2)
  assert.notDeepEqual(others.ids.values, first.ids.values)
})

test('towers that begin so find in one epoch what others do not', async () => {
  const fit = (pretrained: boolean) =>
    fitTwoTower(
      { histories: histories(), isOrdered: false, attributes: [], content: null, ids: true },
      {
        ...{ dim: DIM, hidden: 32, dropout: 0, pretrained, temperature: 0.1, logQ: true },
        ...{ mixedNegatives: true, hardNegatives: 0, batch: 64, candidates: ITEMS, queryItems: 20 },
        ...{ pooling: 'sum', interests: 1, targets: 8, hiddenIds: 0 },
        ...{ epochs: 1, patience: 1, rate: 0.001, tableRate: 0.005 },
      },
      1,
      1,
      silentProgress,
    )
  const [pretrained, random] = [await fit(true), await fit(false)]
  assert.ok(
    pretrained.recall > 2 * random.recall,
    `recall ${pretrained.recall.toFixed(3)}, from random rows ${random.recall.toFixed(3)}`,
  )
})
