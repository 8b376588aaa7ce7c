/** @file Planted examination curves are found again: from random order, from swaps, and as far as possible from any log. */

import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, shuffle } from '../../../src/base/random.ts'
import { examinationByExpectation } from '../../../src/ranking/examination/by-expectation.ts'
import { examinationByRandomisedTraffic } from '../../../src/ranking/examination/by-randomised-traffic.ts'
import { examinationBySwaps } from '../../../src/ranking/examination/by-swaps.ts'
import { examinationAt, type ShownLog } from '../../../src/ranking/examination/shown-log.ts'

/** Not falling throughout: in a grid the third place can be looked at more than the second. */
const PLANTED = [1, 0.7, 0.75, 0.4, 0.3, 0.2]
const ITEMS = 60

/** Lists of items whose attractiveness falls with their number. */
function logOf(
  lists: number,
  seed: number,
  arrange: (random: ReturnType<typeof createRandom>) => Iterable<number>,
) {
  const random = createRandom(seed)
  const keys: number[] = []
  const clicks: number[] = []
  for (let list = 0; list < lists; list++) {
    let place = 0
    for (const item of arrange(random)) {
      keys.push(item)
      clicks.push(random.float() < PLANTED[place++]! * attractiveness(item) ? 1 : 0)
    }
  }
  const log: ShownLog = {
    length: keys.length,
    keys: Uint32Array.from(keys),
    places: Uint16Array.from(keys, (_, k) => k % PLANTED.length),
    clicks: Uint8Array.from(clicks),
  }
  return log
}

const attractiveness = (item: number) => 0.5 * (1 - item / ITEMS)
const everything = Uint32Array.from({ length: ITEMS }, (_, item) => item)

/** Nearly ranked: the better first, as far as noise allows. */
function noisily(noise: number) {
  return (random: ReturnType<typeof createRandom>) => {
    const drawn = Array.from(shuffle(everything.slice(), random).subarray(0, PLANTED.length))
    const keys = new Map(drawn.map((item) => [item, item + noise * random.normal()]))
    return drawn.sort((a, b) => keys.get(a)! - keys.get(b)!)
  }
}

function near(curve: Float64Array, errors: Float64Array) {
  curve.forEach((value, place) => {
    assert.ok(Math.abs(value - PLANTED[place]!) < 0.06, `place ${place}: ${value}`)
    if (place > 0)
      assert.ok(Math.abs(Math.log(value / PLANTED[place]!)) < 4 * errors[place]!, `place ${place}`)
  })
}

test('random order gives the curve', () => {
  const log = logOf(20_000, 1, (random) => shuffle(everything.slice(), random).subarray(0, PLANTED.length))
  const { curve, errors } = examinationByRandomisedTraffic(log)
  assert.equal(curve[0], 1)
  assert.ok(errors[5]! < 0.05)
  near(curve, errors)
})

test('swaps give the curve from logs that are mostly ranked, where plain click rates do not', () => {
  const log = logOf(30_000, 2, noisily(6))
  const { curve, errors } = examinationBySwaps(log)
  near(curve, errors)
  const plain = examinationByRandomisedTraffic(log).curve
  assert.ok(plain[5]! < 0.6 * PLANTED[5]!, `${plain[5]}`)
})

test('expectation–maximisation comes near on noisy logs and orders the items', () => {
  const { curve, attractiveness: found } = examinationByExpectation(logOf(30_000, 3, noisily(6)))
  curve.forEach((value, place) => {
    assert.ok(Math.abs(value - PLANTED[place]!) < 0.1, `place ${place}: ${value}`)
  })
  assert.ok(found[0]! > found[30]! && found[30]! > found[55]!)
  assert.ok(Math.abs(found[30]! - attractiveness(30)) < 0.05, `${found[30]}`)
})

test('without swaps nothing can be told: neighbouring places then count as alike', () => {
  const log: ShownLog = {
    length: 4,
    keys: Uint32Array.of(0, 1, 0, 1),
    places: Uint16Array.of(0, 1, 0, 1),
    clicks: Uint8Array.of(1, 0, 1, 1),
  }
  const { curve, errors } = examinationBySwaps(log)
  assert.deepEqual(Array.from(curve), [1, 1])
  assert.ok(Number.isNaN(errors[1]!))
})

test('beyond the last known place examination stays as it is there', () => {
  const curve = Float64Array.of(1, 0.5, 0.25)
  assert.deepEqual(
    [0, 2, 9].map((place) => examinationAt(curve, place)),
    [1, 0.25, 0.25],
  )
})
