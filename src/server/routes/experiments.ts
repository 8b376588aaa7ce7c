/** @file `GET /api/v1/experiments`: what runs here, and in which arms a user is. */

import { assign } from '../../experiments/assignment.ts'
import type { Api } from '../app.ts'
import { experimentsAnswer, experimentsQuery, problem } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function experimentRoutes(app: Api, serving: Serving): void {
  app.get(
    '/api/v1/experiments',
    {
      schema: {
        summary: 'The experiments that run, and the arms of a user',
        querystring: experimentsQuery,
        response: { 200: experimentsAnswer, 400: problem },
      },
    },
    async (request) => {
      const { user } = request.query
      return {
        requestId: request.id,
        experiments: serving.recommender.experiments().map((experiment) => ({
          name: experiment.name,
          kind: experiment.kind,
          layer: experiment.layer,
          surfaces: [...experiment.surfaces],
          control: experiment.control,
          arms: experiment.arms.map(({ name, share }) => ({ name, share })),
          ...(user !== undefined && { arm: assign(experiment, user)?.name ?? null }),
        })),
      }
    },
  )
}
