/**
 * @file The mixture of logits over two towers, with a first stage trained beside it (Zhai et al. 2023, "Revisiting neural
 * retrieval on accelerators", sections 3 and 4).
 *
 *   towers:       u(x), v(y) of length 1, see `two-tower/towers.ts`
 *   score:        φ(x, y) = π₀ ⟨u, v⟩/τ + Σ_pm π_pm ⟨u_p, v_m⟩/τ, u_p and v_m parts of u and v at length 1
 *   gates:        π = softmax(silu(U(u) ⊙ V(v) + W(all logits) + shift))
 *   first stage:  |A u|·|B v|/τ, so few numbers that all items can be scored
 *
 * The towers' own product is among the logits, and has most of the weight at first: small data may leave it so. With one
 * vector a side φ is the dot product of the towers.
 */

import { linear } from '../../nn/layers/linear.ts'
import { mixtureOfLogits } from '../../nn/layers/mixture-of-logits.ts'
import { add, divide, multiply } from '../../nn/operators/arithmetic.ts'
import { matmul } from '../../nn/operators/matmul.ts'
import { reshape } from '../../nn/operators/movement.ts'
import { unitLength } from '../../nn/operators/normalisation.ts'
import type { Tensor } from '../../nn/tensor.ts'
import { softmaxLoss } from '../two-tower/softmax-loss.ts'
import { makeTowers, type Towers, type TowersOptions } from '../two-tower/towers.ts'

export interface MixtureOptions extends Omit<TowersOptions, 'interests'> {
  /** Vectors that each tower's output is cut into. */
  vectors: number
  /** Width of the hidden layers of the gates. */
  gateHidden: number
  /** Of the gates, while training. */
  gateDropout: number
  /** Length of the vectors of the first stage. */
  first: number
  /** Of the first stage's loss beside that of the mixture. */
  firstWeight: number
}

export interface MixtureGraph {
  towers: Towers
  /** [users, items] */
  scores(training: boolean): Tensor
  firstScores(training: boolean): Tensor
  loss: Tensor
}

export function mixtureGraph(options: MixtureOptions): MixtureGraph {
  const { dim, vectors, gateHidden, gateDropout, temperature, first, firstWeight } = options
  const towers = makeTowers({ ...options, interests: 1 })
  const mix = mixtureOfLogits('mixture', {
    userVectors: vectors,
    itemVectors: vectors,
    hidden: gateHidden,
    temperature,
    dropout: gateDropout,
    direct: true,
  })
  const cut = (tower: Tensor) => ({
    vectors: reshape(tower, [tower.shape[0]!, vectors, dim / vectors]),
    features: tower,
  })
  const toFirst = (side: string) => linear(`first/${side}`, first, { bias: false })
  const [firstOfUser, firstOfItem] = [toFirst('user'), toFirst('item')]
  const user = [towers.user(false), towers.user(true)]
  const userOf = (training: boolean) => user[Number(training)]!
  const scores = (training: boolean) => mix(cut(userOf(training)), cut(towers.item), training)
  const firstScores = (training: boolean) => {
    const [a, b] = [firstOfUser(userOf(training)), firstOfItem(towers.item)]
    return divide(matmul(unitLength(a), unitLength(b), { right: true }), temperature)
  }
  const lossOf = (values: Tensor) => softmaxLoss(values, options)
  const own = lossOf(scores(true))
  const loss = firstWeight === 0 ? own : add(own, multiply(lossOf(firstScores(true)), firstWeight))
  return { towers, scores, firstScores, loss }
}
