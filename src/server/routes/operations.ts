/** @file For those who run the server: `/health`, `/metrics` (Prometheus), `/openapi.json`. */

import type { Recommender } from '../../cascade/recommender.ts'
import type { Api } from '../app.ts'
import type { ServerMetrics } from '../metrics.ts'
import { health } from '../schemas.ts'

export function operationRoutes(app: Api, recommender: Recommender, metrics: ServerMetrics): void {
  app.get(
    '/health',
    { schema: { summary: 'Whether the server answers, and with what', response: { 200: health } } },
    async () => {
      const { name, dataset, items, users, sources } = recommender.snapshot.manifest
      return {
        status: 'ok' as const,
        snapshot: name,
        dataset,
        items,
        users,
        sources,
        uptimeSeconds: process.uptime(),
      }
    },
  )

  app.get('/metrics', { schema: { hide: true } }, async (_request, reply) => {
    return reply.type(metrics.registry.contentType).send(await metrics.registry.metrics())
  })

  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
