/** @file `GET /api/v1/requests/{id}/explanation`: why a logged request was answered as it was. */

import type { Api } from '../app.ts'
import { explanation, problem, requestParams } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function requestRoutes(app: Api, serving: Serving): void {
  app.get(
    '/api/v1/requests/:id/explanation',
    {
      schema: {
        summary: 'Why a request was answered as it was',
        description:
          'For every shown item: its sources, its features with what each added to the score, its propensity, and what came of it.',
        params: requestParams,
        response: { 200: explanation, 404: problem, 503: problem },
      },
    },
    (request) =>
      serving.use(async (recommender) => {
        const explanation = await recommender.explain(request.params.id)
        const { request: asked, items } = explanation
        const named = new Set([
          ...(asked.item === null ? [] : [asked.item]),
          ...items.map(({ item }) => item),
        ])
        return {
          requestId: request.id,
          explanation,
          cards: Array.from(named, (item) => recommender.item(item)),
        }
      }),
  )
}
