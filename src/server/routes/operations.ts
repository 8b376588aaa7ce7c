/** @file For those who run the server: `/health`, `/metrics` (Prometheus), `/openapi.json`, the sources that answer. */

import type { Api } from '../app.ts'
import type { ServerMetrics } from '../metrics.ts'
import { health, sourceNotes } from '../schemas.ts'
import type { Serving } from '../serving.ts'

export function operationRoutes(app: Api, serving: Serving, metrics: ServerMetrics): void {
  app.get(
    '/health',
    { schema: { summary: 'Whether the server answers, and with what', response: { 200: health } } },
    async () => {
      const { name, dataset, items, users, sources } = serving.recommender.snapshot.manifest
      return {
        status: 'ok' as const,
        snapshot: name,
        loading: serving.loading,
        refused: serving.refused,
        dataset,
        items,
        users,
        sources,
        uptimeSeconds: process.uptime(),
      }
    },
  )

  app.get(
    '/api/v1/sources',
    {
      schema: {
        summary: 'The sources that propose items, and what each means',
        response: { 200: sourceNotes },
      },
    },
    async (request) => ({
      requestId: request.id,
      sources: serving.recommender
        .sources()
        .map(({ surfaces, ...note }) => ({ ...note, surfaces: [...surfaces] })),
    }),
  )

  app.get(
    '/metrics',
    { schema: { summary: 'Metrics in the text format of Prometheus', produces: ['text/plain'] } },
    async (_request, reply) =>
      reply.type(metrics.registry.contentType).send(await metrics.registry.metrics()),
  )

  let document: unknown
  app.get('/openapi.json', { schema: { summary: 'This document' } }, async () => {
    document ??= app.swagger()
    return document
  })
}
