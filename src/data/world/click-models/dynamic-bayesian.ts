/**
 * @file The dynamic Bayesian network model (Chapelle and Zhang 2009): people go down the list, click on what attracts them,
 * stop when a click has satisfied them, and now and then give up. The cascade model (Craswell et al. 2008) is its case in
 * which every click satisfies and nobody gives up.
 */

import type { ClickModel } from './click-model.ts'

export interface DynamicBayesianOptions {
  /** Probability that a click satisfies, so that nothing further is looked at. */
  satisfaction: number
  /** Probability to go on to the next place when not satisfied. */
  continuation: number
}

export function dynamicBayesian({ satisfaction, continuation }: DynamicBayesianOptions): ClickModel {
  return {
    name: 'dynamic-bayesian',
    click(attractiveness, random, clicked) {
      clicked.fill(0, 0, attractiveness.length)
      for (let place = 0; place < attractiveness.length; place++) {
        if (random.float() < attractiveness[place]!) {
          clicked[place] = 1
          if (random.float() < satisfaction) return
        }
        if (random.float() >= continuation) return
      }
    },
    rates(attractiveness, rates) {
      let looks = 1
      for (let place = 0; place < attractiveness.length; place++) {
        rates[place] = looks * attractiveness[place]!
        looks *= continuation * (1 - attractiveness[place]! * satisfaction)
      }
    },
  }
}

/** People go down the list to the first item that they click. */
export function cascade(): ClickModel {
  return { ...dynamicBayesian({ satisfaction: 1, continuation: 1 }), name: 'cascade' }
}
