/** @file How a weighted co-occurrence count becomes a score. */

/**
 * - `power`: c / (n_q^a · n_i^b); a = b = ½ is the cosine, a = 1, b = 0 the confidence, a = b = 0 the count
 * - `jaccard`: c / (n_q + n_i − c)
 * - `lift`: log(c·N / (n_q·n_i)), only above 0
 * - `log-likelihood`: Dunning's G² of the 2×2 table, 0 where the pair is rarer than chance
 */
export type Normalisation =
  | { kind: 'power'; query: number; item: number; shrinkage: number }
  | { kind: 'jaccard' }
  | { kind: 'lift' }
  | { kind: 'log-likelihood' }

/** c: weight shared by both; nq, ni: weight of the query and of the other item; total: weight of all collections. */
export type Score = (c: number, nq: number, ni: number, total: number) => number

export function scoreOf(normalisation: Normalisation): Score {
  switch (normalisation.kind) {
    case 'power': {
      const { query, item, shrinkage } = normalisation
      const shrink = (c: number) => c / (c + shrinkage)
      if (query === 0.5 && item === 0.5) return (c, nq, ni) => (c / Math.sqrt(nq * ni)) * shrink(c)
      return (c, nq, ni) => (c / (nq ** query * ni ** item)) * shrink(c)
    }
    case 'jaccard':
      return (c, nq, ni) => c / (nq + ni - c)
    case 'lift':
      return (c, nq, ni, total) => Math.max(0, Math.log((c * total) / (nq * ni)))
    case 'log-likelihood':
      return logLikelihoodRatio
  }
}

/** 2 Σ O·ln(O/E) over the four cells "query in the collection or not" × "item in it or not". */
function logLikelihoodRatio(c: number, nq: number, ni: number, total: number): number {
  if (c * total <= nq * ni) return 0
  const term = (observed: number, expected: number) =>
    observed > 0 ? observed * Math.log(observed / expected) : 0
  const without = total - nq
  return (
    2 *
    (term(c, (nq * ni) / total) +
      term(nq - c, (nq * (total - ni)) / total) +
      term(ni - c, (without * ni) / total) +
      term(total - nq - ni + c, (without * (total - ni)) / total))
  )
}
