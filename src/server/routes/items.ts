/** @file `GET /api/v1/items?query=` finds items by their words; `POST /api/v1/items` adds or changes some. */

import type { Api } from '../app.ts'
import { found, itemsBody, problem, searchQuery, written } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function itemRoutes(app: Api, serving: Serving): void {
  app.get(
    '/api/v1/items',
    {
      schema: {
        summary: 'Find items by title, tags and text',
        querystring: searchQuery,
        response: { 200: found, 400: problem, 503: problem },
      },
    },
    async (request) => {
      const { query, limit } = request.query
      const items = await serving.use(async (recommender) =>
        query === undefined ? recommender.popular(limit) : recommender.search(query, limit),
      )
      return { requestId: request.id, items }
    },
  )

  app.post(
    '/api/v1/items',
    {
      schema: {
        summary: 'Add or change items',
        body: itemsBody,
        response: { 200: written, 400: problem, 413: problem, 415: problem, 503: problem },
      },
    },
    async (request) => {
      const now = Date.now()
      const items = request.body.items.map((item) => ({ ...item, createdAt: item.createdAt ?? now }))
      return { requestId: request.id, ...(await serving.use((recommender) => recommender.putItems(items))) }
    },
  )
}
