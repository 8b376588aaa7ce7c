/** @file Clicks that follow from a feature of many ids and two of few: one table for all serves them best. */

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRandom } from '../../../src/base/random.ts'
import { hashedRows } from '../../../src/nn/embeddings/hashed.ts'
import type { RowMapping } from '../../../src/nn/embeddings/row-mapping.ts'
import { unifiedRows } from '../../../src/nn/embeddings/unified.ts'
import { embedding } from '../../../src/nn/layers/embedding.ts'
import { mlp } from '../../../src/nn/layers/mlp.ts'
import { binaryCrossEntropy } from '../../../src/nn/losses/binary-cross-entropy.ts'
import { reshape } from '../../../src/nn/operators/movement.ts'
import { adamW } from '../../../src/nn/optimisers/adam.ts'
import { input } from '../../../src/nn/tensor.ts'
import { TrainStep } from '../../../src/nn/train-step.ts'

const VOCABULARIES = { item: 400, shop: 10, weekday: 7 }
const FEATURES = Object.entries(VOCABULARIES)
const ROWS = 150
const WIDTH = 4
const BATCH = 256
const STEPS = 500

/** What each id adds to the logit. */
const effects = FEATURES.map(([, size], feature) => {
  const random = createRandom(4, feature)
  return Float64Array.from({ length: size }, () => 1.5 * random.normal())
})

/** Ids by feature, small ones more often, and clicks. */
function draw(count: number, seed: number) {
  const random = createRandom(seed)
  const ids = FEATURES.map(([, size]) =>
    Uint32Array.from({ length: count }, () => Math.floor(size * random.float() ** 2)),
  )
  const clicks = Float32Array.from({ length: count }, (_, k) => {
    const logit = ids.reduce((sum, own, feature) => sum + effects[feature]![own[k]!]!, 0)
    return Number(random.float() < 1 / (1 + Math.exp(-logit)))
  })
  return { ids, clicks }
}

/** Loss on new examples, each feature in its part of one table, which begins at its offset. */
async function testLoss(parts: { mapping: RowMapping; offset: number }[]): Promise<number> {
  const rows = input('rows', ['batch', FEATURES.length], 'int32')
  const vectors = embedding('table', ROWS, WIDTH)(rows)
  const features = reshape(vectors, ['batch', FEATURES.length * WIDTH])
  const logits = mlp('score', [16, 1])(features)
  const loss = binaryCrossEntropy(logits, input('clicks', ['batch', 1]))
  const step = await TrainStep.open(loss, { optimiser: adamW(), seed: 1 })
  const batchOf = (count: number, seed: number) => {
    const { ids, clicks } = draw(count, seed)
    const mapped = parts.map(({ mapping }, feature) => mapping.map(ids[feature]!))
    const all = Int32Array.from(
      { length: count * FEATURES.length },
      (_, k) =>
        parts[k % FEATURES.length]!.offset + mapped[k % FEATURES.length]![Math.floor(k / FEATURES.length)]!,
    )
    return { rows: all, clicks }
  }
  for (let s = 1; s <= STEPS; s++) await step.run(batchOf(BATCH, s), 0.02 * (1 - s / STEPS))
  const { loss: found } = await step.run(batchOf(20_000, 0), 0)
  await step.close()
  return found
}

test('at equal rows, features in one salted table are learned better than in tables of their own', async () => {
  const own = ROWS / FEATURES.length
  const separate = FEATURES.map((_, feature) => ({ mapping: hashedRows(own), offset: feature * own }))
  const unified = unifiedRows(ROWS, { item: 1, shop: 1, weekday: 1 })
  const shared = Object.values(unified).map((mapping) => ({ mapping, offset: 0 }))
  const [apart, together] = [await testLoss(separate), await testLoss(shared)]
  assert.ok(together < apart - 0.01, `${together} in one table, ${apart} in tables of their own`)
})
