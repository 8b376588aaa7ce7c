/** @file `POST /api/v1/events`: what users did; acknowledged when it is on disk. */

import type { Api } from '../app.ts'
import type { ServerMetrics } from '../metrics.ts'
import { eventsBody, problem, written } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function eventRoutes(app: Api, serving: Serving, metrics: ServerMetrics): void {
  app.post(
    '/api/v1/events',
    {
      schema: {
        summary: 'Log events: impressions, clicks, saves, purchases…',
        description:
          'All events of a request are kept or none. The answer comes when they are on disk: send again what was not answered, with the same ids.',
        body: eventsBody,
        response: { 200: written, 400: problem, 404: problem, 413: problem, 415: problem, 503: problem },
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
      const count = await serving.use((recommender) => recommender.recordEvents(events))
      metrics.observeEvents(count)
      return { requestId: request.id, ...count }
    },
  )
}
