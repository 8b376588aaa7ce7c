/** @file `POST /api/v1/events`: what users did; acknowledged when it is on disk. */

import type { Recommender } from '../../cascade/recommender.ts'
import type { Api } from '../app.ts'
import { eventsBody, problem, written } from '../schemas.ts'

export function eventRoutes(app: Api, recommender: Recommender): void {
  app.post(
    '/api/v1/events',
    {
      schema: {
        summary: 'Log events: impressions, clicks, saves, purchases…',
        body: eventsBody,
        response: { 200: written, 400: problem, 404: problem, 413: problem },
      },
    },
    async (request) => {
      const now = Date.now()
      const events = request.body.events.map((event) => ({
        id: event.id ?? null,
        time: event.time ?? now,
        user: event.user,
        item: event.item,
        kind: event.kind,
        value: event.value ?? null,
        session: event.session ?? null,
        context: event.context ?? null,
      }))
      return { requestId: request.id, ...(await recommender.recordEvents(events)) }
    },
  )
}
