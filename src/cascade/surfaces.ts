/** @file The surfaces and the cascade that each declares: nothing else decides what runs for a request. */

import { SURFACES, type Surface } from '../sources/request.ts'

export interface SurfaceDeclaration {
  /** Candidates asked of each source, before filters. */
  readonly candidatesPerSource: number
  /** Of the blend's best, so many go on to the ranker. */
  readonly ranked: number
  /** Query items at most, the most recent ones. */
  readonly queryItems: number
  /** What a query item counts of the one after it: on an item's page, what came before it matters less. */
  readonly fading: number
  /** Items that the user has touched before are left out. */
  readonly excludeSeen: boolean
  /** A source that has not answered by then is left out of the response and named in it. */
  readonly budgetMs: number
}

export const surfaceDeclarations: Readonly<Record<Surface, SurfaceDeclaration>> = {
  related: {
    candidatesPerSource: 400,
    ranked: 500,
    queryItems: 10,
    fading: 0.7,
    excludeSeen: false,
    budgetMs: 200,
  },
  home: {
    candidatesPerSource: 1000,
    ranked: 500,
    queryItems: 2000,
    fading: 1,
    excludeSeen: true,
    budgetMs: 400,
  },
}

/** Weights of a request's query items, oldest first; the newest counts 1. */
export function queryWeights(surface: Surface, count: number): Float32Array {
  const { fading } = surfaceDeclarations[surface]
  return Float32Array.from({ length: count }, (_, k) => fading ** (count - 1 - k))
}

export function isSurface(value: string): value is Surface {
  return (SURFACES as readonly string[]).includes(value)
}
