/** @file What a click model is: how somebody goes through a list of items that attract more or less (Chuklin et al. 2015). */

import type { Random } from '../../../base/random.ts'

export interface ClickModel {
  readonly name: string
  /**
   * Lets somebody look at a list.
   *
   * @param attractiveness one per place: probability of a click on the item when it is looked at
   * @param clicked written: 1 where it was clicked
   */
  click(attractiveness: ArrayLike<number>, random: Random, clicked: Uint8Array): void
  /**
   * What `click` does on average, exactly.
   *
   * @param rates written: probability of a click at each place
   */
  rates(attractiveness: ArrayLike<number>, rates: Float64Array): void
}

/** Expected number of clicks on a list. */
export function expectedClicks(model: ClickModel, attractiveness: ArrayLike<number>): number {
  const rates = new Float64Array(attractiveness.length)
  model.rates(attractiveness, rates)
  return rates.reduce((sum, rate) => sum + rate, 0)
}
