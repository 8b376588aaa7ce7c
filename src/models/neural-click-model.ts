/**
 * @file A neural click model fitted on logs (after Borisov et al. 2016, "A Neural Click Model for Web Search", with the
 * history of a list reduced to the number and the place of its clicks): no rule of examination is given, it is learned.
 *
 * P(click at place k) is a small perceptron's answer to the item's attractiveness, the place, how many places before were
 * clicked, and how long ago. Since only these count of the history, marginal rates can be computed exactly.
 */

import { createRandom, type Random, shuffle } from '../base/random.ts'
import type { ClickModel } from '../data/world/click-models/click-model.ts'

/** Lists one after the other; list l has rows `offsets[l] .. offsets[l + 1])`, in the order of their places. */
export interface ClickedLists {
  offsets: Uint32Array
  /** One per row: an estimate of how likely a click is when the item is looked at, in (0, 1). */
  attractiveness: Float32Array
  /** 1 = clicked. */
  clicks: Uint8Array
}

export interface NeuralClickOptions {
  hidden: number
  epochs: number
  /** Adam's step, falling to a tenth. */
  learningRate: number
  /** Lists a step. */
  batch: number
}

export const neuralClickDefaults: NeuralClickOptions = {
  hidden: 16,
  epochs: 12,
  learningRate: 0.02,
  batch: 32,
}

export interface NeuralClickWeights {
  hidden: number
  /** Row-major hidden × (inputs + 1), then the output's weights and its intercept. */
  values: Float64Array
}

/** Log odds of attractiveness, logarithm of the place, any click, clicks, logarithm of the places since the last click. */
const INPUTS = 5
const EDGE = 1e-6

export function fitNeuralClicks(
  lists: ClickedLists,
  options: Partial<NeuralClickOptions>,
  seed: number,
): NeuralClickWeights {
  const { hidden, epochs, learningRate, batch } = { ...neuralClickDefaults, ...options }
  const random = createRandom(seed)
  const weights = initialWeights(hidden, random)
  const adam = openAdam(weights.values.length)
  const gradient = new Float64Array(weights.values.length)
  const net = openNet(weights)
  const count = lists.offsets.length - 1
  const order = Uint32Array.from({ length: count }, (_, list) => list)
  const steps = epochs * Math.ceil(count / batch)
  let step = 0
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random)
    for (let from = 0; from < count; from += batch, step++) {
      gradient.fill(0)
      let rows = 0
      for (const list of order.subarray(from, from + batch)) rows += addGradient(net, lists, list, gradient)
      adam(weights.values, gradient, rows, learningRate * (1 - (0.9 * step) / steps))
    }
  }
  return weights
}

/** The fitted model as people who click. */
export function neuralClickModel(weights: NeuralClickWeights): ClickModel {
  const net = openNet(weights)
  return {
    name: 'neural',
    click(attractiveness, random, clicked) {
      let clicks = 0
      let last = -1
      for (let place = 0; place < attractiveness.length; place++) {
        const isClicked = random.float() < net.predict(attractiveness[place]!, place, clicks, last)
        clicked[place] = isClicked ? 1 : 0
        if (!isClicked) continue
        clicks++
        last = place
      }
    },
    rates(attractiveness, rates) {
      const places = attractiveness.length
      // states[clicks · (places + 1) + last + 1]: probability of so many clicks, the last one at that place.
      let states = new Float64Array((places + 1) * (places + 1))
      states[0] = 1
      for (let place = 0; place < places; place++) {
        const next = new Float64Array(states.length)
        rates[place] = 0
        for (let clicks = 0; clicks <= place; clicks++) {
          for (let last = -1; last < place; last++) {
            const mass = states[clicks * (places + 1) + last + 1]!
            if (mass === 0) continue
            const click = mass * net.predict(attractiveness[place]!, place, clicks, last)
            rates[place]! += click
            next[(clicks + 1) * (places + 1) + place + 1]! += click
            next[clicks * (places + 1) + last + 1]! += mass - click
          }
        }
        states = next
      }
    },
  }
}

/** Mean −log₂ of the probability of what happened at each place, given what happened before it in the list. */
export function bitsPerPlace(weights: NeuralClickWeights, lists: ClickedLists): number {
  const net = openNet(weights)
  let bits = 0
  for (let list = 0; list + 1 < lists.offsets.length; list++) {
    let clicks = 0
    let last = -1
    for (let row = lists.offsets[list]!, place = 0; row < lists.offsets[list + 1]!; row++, place++) {
      const click = net.predict(lists.attractiveness[row]!, place, clicks, last)
      bits -= Math.log2(Math.max(EDGE, lists.clicks[row] === 1 ? click : 1 - click))
      if (lists.clicks[row] === 0) continue
      clicks++
      last = place
    }
  }
  return bits / lists.clicks.length
}

interface Net {
  /** Probability of a click; leaves inputs and activations for the gradient. */
  predict(attractiveness: number, place: number, clicks: number, last: number): number
  /** Adds the derivative of the weights, given that of the log odds of the last prediction. */
  backward(derivative: number, gradient: Float64Array): void
}

function openNet({ hidden, values }: NeuralClickWeights): Net {
  const inputs = new Float64Array(INPUTS)
  const active = new Float64Array(hidden)
  const out = hidden * (INPUTS + 1)
  return {
    predict(attractiveness, place, clicks, last) {
      const bounded = Math.min(1 - EDGE, Math.max(EDGE, attractiveness))
      inputs[0] = Math.log(bounded / (1 - bounded))
      inputs[1] = Math.log1p(place)
      inputs[2] = clicks > 0 ? 1 : 0
      inputs[3] = clicks
      inputs[4] = last < 0 ? 0 : Math.log(place - last)
      let sum = values[out + hidden]!
      for (let h = 0, at = 0; h < hidden; h++) {
        let input = 0
        for (let k = 0; k < INPUTS; k++) input += values[at++]! * inputs[k]!
        active[h] = Math.tanh(input + values[at++]!)
        sum += values[out + h]! * active[h]!
      }
      return 1 / (1 + Math.exp(-sum))
    },
    backward(derivative, gradient) {
      gradient[out + hidden]! += derivative
      for (let h = 0, at = 0; h < hidden; h++) {
        gradient[out + h]! += derivative * active[h]!
        const inner = derivative * values[out + h]! * (1 - active[h]! * active[h]!)
        for (let k = 0; k < INPUTS; k++) gradient[at++]! += inner * inputs[k]!
        gradient[at++]! += inner
      }
    },
  }
}

/** @returns the rows of the list */
function addGradient(net: Net, lists: ClickedLists, list: number, gradient: Float64Array): number {
  const start = lists.offsets[list]!
  const end = lists.offsets[list + 1]!
  let clicks = 0
  let last = -1
  for (let row = start, place = 0; row < end; row++, place++) {
    const isClicked = lists.clicks[row]!
    net.backward(net.predict(lists.attractiveness[row]!, place, clicks, last) - isClicked, gradient)
    if (isClicked === 0) continue
    clicks++
    last = place
  }
  return end - start
}

function initialWeights(hidden: number, random: Random): NeuralClickWeights {
  const values = new Float64Array(hidden * (INPUTS + 2) + 1)
  const scale = 1 / Math.sqrt(INPUTS + 1)
  for (let k = 0; k < hidden * (INPUTS + 1); k++) values[k] = scale * random.normal()
  for (let k = hidden * (INPUTS + 1); k < values.length; k++) values[k] = random.normal() / Math.sqrt(hidden)
  return { hidden, values }
}

/** Adam (Kingma and Ba 2015) with its usual constants; gradients are sums over `rows`. */
function openAdam(size: number) {
  const first = new Float64Array(size)
  const second = new Float64Array(size)
  let step = 0
  return (values: Float64Array, gradient: Float64Array, rows: number, rate: number) => {
    step++
    const correction = Math.sqrt(1 - 0.999 ** step) / (1 - 0.9 ** step)
    for (let k = 0; k < size; k++) {
      const slope = gradient[k]! / rows
      first[k] = 0.9 * first[k]! + 0.1 * slope
      second[k] = 0.999 * second[k]! + 0.001 * slope * slope
      values[k]! -= (rate * correction * first[k]!) / (Math.sqrt(second[k]!) + 1e-8)
    }
  }
}
