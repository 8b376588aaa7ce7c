/** @file Undoes the down-sampling of negatives (He et al. 2014): a model trained on a share of them is too sure. */

/**
 * @param probability that the model gives, in [0, 1]
 * @param kept share of the negative rows that were kept for training, in (0, 1]
 */
export function undoDownSampling(probability: number, kept: number): number {
  return probability / (probability + (1 - probability) / kept)
}
