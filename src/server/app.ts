/** @file The HTTP application: routes over a recommender, schemas, errors, metrics, the page. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fastifyStatic } from '@fastify/static'
import { fastifySwagger } from '@fastify/swagger'
import fastify, { type FastifyBaseLogger, type FastifyInstance, type RawServerDefault } from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import type { Recommender } from '../cascade/recommender.ts'
import { createMetrics } from './metrics.ts'
import { answerProblems } from './problems.ts'
import { eventRoutes } from './routes/events.ts'
import { itemRoutes } from './routes/items.ts'
import { operationRoutes } from './routes/operations.ts'
import { recommendationRoutes } from './routes/recommendations.ts'

/** Larger bodies are refused before they are read. */
const BODY_LIMIT = 4 * 1024 * 1024

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface AppOptions {
  recommender: Recommender
  /** Tasks that the workers hold, for the metrics. */
  waiting: () => number
  /** Folder of the built page; none is served when it is missing. */
  pageFolder: string
  /** Folder of the items' images, served under /images/. */
  imageFolder: string
  log: boolean
}

export async function createApp(options: AppOptions): Promise<Api> {
  const { recommender } = options
  const app: Api = fastify({
    bodyLimit: BODY_LIMIT,
    logger: options.log ? { level: 'info' } : false,
    disableRequestLogging: true,
    genReqId: () => randomUUID(),
    routerOptions: { maxParamLength: 512 },
    forceCloseConnections: true,
  }).withTypeProvider<ZodTypeProvider>()
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerProblems(app)
  const metrics = createMetrics(options.waiting)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.requests.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
  })
  app.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id)
  })
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Labrador', description: 'Recommendations over HTTP.', version: '0.1.0' },
    },
    transform: jsonSchemaTransform,
  })
  recommendationRoutes(app, recommender, metrics)
  itemRoutes(app, recommender)
  eventRoutes(app, recommender)
  operationRoutes(app, recommender, metrics)
  if (existsSync(options.imageFolder)) {
    await app.register(fastifyStatic, {
      root: options.imageFolder,
      prefix: '/images/',
      decorateReply: false,
      index: false,
    })
  }
  if (existsSync(options.pageFolder)) {
    await app.register(fastifyStatic, { root: options.pageFolder, prefix: '/', decorateReply: false })
  }
  await app.ready()
  return app
}
