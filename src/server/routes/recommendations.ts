/** @file `GET /api/v1/items/{id}/related` and `GET /api/v1/users/{id}/recommendations`. */

import type { Recommendations, Recommender } from '../../cascade/recommender.ts'
import type { Api } from '../app.ts'
import type { ServerMetrics } from '../metrics.ts'
import { homeQuery, itemParams, problem, recommendations, relatedQuery, userParams } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function recommendationRoutes(app: Api, serving: Serving, metrics: ServerMetrics): void {
  const answer = (recommender: Recommender, requestId: string, result: Recommendations, started: number) => {
    metrics.observe(result)
    const snapshot = recommender.snapshot.manifest.name
    return { requestId, snapshot, totalMs: performance.now() - started, ...result }
  }

  app.get(
    '/api/v1/items/:id/related',
    {
      schema: {
        summary: 'Items related to an item',
        params: itemParams,
        querystring: relatedQuery,
        response: { 200: recommendations, 400: problem, 404: problem, 503: problem },
      },
    },
    async (request) => {
      const started = performance.now()
      const { filter: filters, ...options } = request.query
      return serving.use(async (recommender) => {
        const result = await recommender.related(request.params.id, {
          ...options,
          filters,
          requestId: request.id,
        })
        return {
          ...answer(recommender, request.id, result, started),
          query: recommender.item(request.params.id),
        }
      })
    },
  )

  app.get(
    '/api/v1/users/:id/recommendations',
    {
      schema: {
        summary: 'Items for a user',
        description: 'A user nobody has heard of gets popular and fresh items, and `knownUser` is false.',
        params: userParams,
        querystring: homeQuery,
        response: { 200: recommendations, 400: problem, 503: problem },
      },
    },
    async (request) => {
      const started = performance.now()
      const { filter: filters, ...options } = request.query
      return serving.use(async (recommender) => {
        const result = await recommender.home(request.params.id, {
          ...options,
          filters,
          requestId: request.id,
        })
        return answer(recommender, request.id, result, started)
      })
    },
  )
}
