import assert from 'node:assert/strict'
import test from 'node:test'
import { csrFromEdges } from '../../../src/base/csr.ts'
import { createRandom } from '../../../src/base/random.ts'
import type { TowerRows } from '../../../src/models/two-tower/tower-rows.ts'
import type { TwoTowerInput } from '../../../src/models/two-tower/training-input.ts'
import { sigmaAfter, towerUncertainty } from '../../../src/models/uncertainty/of-towers.ts'
import { normalise, vectorAt, vectorMatrix } from '../../../src/vectors/vector-matrix.ts'

const [ITEMS, USERS, DIM] = [400, 600, 16]

/** Towers without content: items are off from the vector of the unknown by a planted deviation, in a random direction. */
function planted(deviation: number): { rows: TowerRows; given: TwoTowerInput; counts: Uint32Array } {
  const random = createRandom(3)
  const gaussian = (scale: number) => Float32Array.from({ length: DIM }, () => scale * random.normal())
  const items = vectorMatrix(ITEMS, DIM)
  const history = vectorMatrix(ITEMS + 1, DIM)
  const unknown = normalise(gaussian(1))
  for (let item = 0; item < ITEMS; item++) {
    const off = gaussian(deviation)
    vectorAt(items, item).set(unknown.map((value, j) => value + off[j]!))
    vectorAt(history, item).set(gaussian(1))
  }
  const edges = { from: [] as number[], to: [] as number[] }
  const counts = new Uint32Array(ITEMS)
  for (let user = 0; user < USERS; user++) {
    for (const item of new Set(Array.from({ length: 20 }, () => Math.floor(ITEMS * random.float() ** 3)))) {
      edges.from.push(user)
      edges.to.push(item)
      counts[item]!++
    }
  }
  const hidden = 4
  return {
    rows: {
      items,
      history,
      unknown,
      contentToItem: new Float32Array(0),
      contentToHistory: new Float32Array(0),
      attributes: [],
      user: {
        dim: DIM,
        hidden,
        firstWeight: new Float32Array(DIM * hidden),
        firstBias: new Float32Array(hidden),
        secondWeight: new Float32Array(hidden * DIM),
        secondBias: new Float32Array(DIM),
      },
    },
    given: {
      histories: csrFromEdges(USERS, ITEMS, edges),
      isOrdered: false,
      attributes: [],
      content: null,
      ids: true,
    },
    counts,
  }
}

test('a new item is as unsure as well-known items turned out to be off, and users make sure', async () => {
  for (const deviation of [0.05, 0.2]) {
    const { rows, given, counts } = planted(deviation)
    const { sigma, newSigma } = await towerUncertainty(rows, given, 0.2, 1, 1)
    // Users are of length 1: the square of a product with a planted direction is its variance.
    assert.ok(Math.abs(newSigma / deviation - 1) < 0.1, `${newSigma}, planted ${deviation}`)
    const order = Array.from(counts.keys()).sort((a, b) => counts[a]! - counts[b]!)
    for (let k = 1; k < ITEMS; k++) assert.ok(sigma[order[k]!]! <= sigma[order[k - 1]!]!)
    counts.forEach((count, item) => {
      assert.ok(count === 0 ? Math.abs(sigma[item]! - newSigma) < 1e-6 : sigma[item]! < newSigma)
    })
  }
})

test('all interests of a user count, the same twice as once', async () => {
  const { rows, given } = planted(0.1)
  const random = createRandom(8)
  const draw = (length: number) => Float32Array.from({ length }, () => random.normal())
  const head = () => ({ keyWeight: draw(DIM ** 2), queryWeight: draw(DIM ** 2), queryBias: draw(DIM) })
  const both = (a: Float32Array, b: Float32Array) => Float32Array.from([...a, ...b])
  const together = (a: ReturnType<typeof head>, b: ReturnType<typeof head>) => ({
    keyWeight: both(a.keyWeight, b.keyWeight),
    queryWeight: both(a.queryWeight, b.queryWeight),
    queryBias: both(a.queryBias, b.queryBias),
  })
  const sigmaOf = async (attention: ReturnType<typeof head>) =>
    (await towerUncertainty({ ...rows, attention }, given, 0.2, 1, 1)).newSigma
  const [first, second] = [head(), head()]
  const once = await sigmaOf(first)
  assert.ok(Math.abs((await sigmaOf(together(first, first))) - once) < 1e-6)
  assert.ok(Math.abs((await sigmaOf(together(first, second))) - once) > 1e-5)
})

test('between the counts at which it is computed, sigma is nearly what it would be', () => {
  const random = createRandom(5)
  const moment = new Float64Array(9)
  const spread = [1, 0.2, 0.05]
  for (let j = 0; j < 3; j++) moment[j * 3 + j] = spread[j]!
  const [variance, noise] = [0.3, 0.04]
  const after = sigmaAfter(moment, variance, noise)
  const trace = spread.reduce((a, b) => a + b)
  for (let k = 0; k < 50; k++) {
    const count = random.below(5000)
    const exactly = Math.sqrt(
      spread.reduce((sum, m) => sum + m / (trace / variance + (count * m) / noise), 0),
    )
    assert.ok(Math.abs(after(count) / exactly - 1) < 0.005, `${count}`)
  }
  assert.ok(Math.abs(after(40_000) / after(10_000) - 0.5) < 0.01)
})

test('items that all are what is said of them leave nothing unsure', () => {
  assert.equal(sigmaAfter(Float64Array.of(1), 0, 0.1)(3), 0)
})
