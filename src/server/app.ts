/** @file The HTTP application: routes over a recommender, schemas, errors, metrics, the page. */

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { fastifyStatic } from '@fastify/static'
import { fastifySwagger } from '@fastify/swagger'
import fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawServerDefault,
} from 'fastify'
import {
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
  type ZodTypeProvider,
} from 'fastify-type-provider-zod'
import { createMetrics } from './metrics.ts'
import { answerClientError, answerError, answerProblems, answerWrongMethod } from './problems.ts'
import { eventRoutes } from './routes/events.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { itemRoutes } from './routes/items.ts'
import { operationRoutes } from './routes/operations.ts'
import { recommendationRoutes } from './routes/recommendations.ts'
import { requestRoutes } from './routes/requests.ts'
import type { Serving } from './serving.ts'

/** Larger bodies are refused before they are read. */
const BODY_LIMIT = 4 * 1024 * 1024
/** A request that has not arrived by then is given up: nobody may hold a connection open for nothing. */
const REQUEST_TIMEOUT_MS = 30_000
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

/** The page needs nothing from elsewhere but pictures; a picture that is a document may run nothing. */
const PAGE_POLICY = "default-src 'self'; img-src 'self' data: https: http:; frame-ancestors 'self'"
const IMAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

export type Api = FastifyInstance<
  RawServerDefault,
  IncomingMessage,
  ServerResponse,
  FastifyBaseLogger,
  ZodTypeProvider
>

export interface AppOptions {
  serving: Serving
  /** Folder of the built page; none is served when it is missing. */
  pageFolder: string
  /** Folder of the items' images, served under /images/. */
  imageFolder: string
  log: boolean
}

export async function createApp(options: AppOptions): Promise<Api> {
  const { serving } = options
  const app: Api = fastify({
    bodyLimit: BODY_LIMIT,
    requestTimeout: REQUEST_TIMEOUT_MS,
    // Standard output is for what the command says; the log of a server is on standard error.
    logger: { level: options.log ? 'info' : 'error', stream: process.stderr },
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    // Ids have 256 characters at most, up to 9 times as many when they are written with percent signs.
    routerOptions: { maxParamLength: 2400 },
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => answerError(error, request, reply),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<ZodTypeProvider>()
  // Else text would be taken for a body of the wrong shape.
  app.removeContentTypeParser('text/plain')
  app.setValidatorCompiler(validatorCompiler)
  app.setSerializerCompiler(serializerCompiler)
  answerProblems(app)
  const metrics = createMetrics(() => serving.waiting)
  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none'
    metrics.requests.observe({ route, status: String(reply.statusCode) }, reply.elapsedTime / 1000)
    request.log.info({
      method: request.method,
      url: request.url,
      status: reply.statusCode,
      ms: reply.elapsedTime,
    })
  })
  let closing = false
  app.addHook('preClose', async () => {
    closing = true
  })
  app.addHook('onSend', async (request, reply) => {
    // Else a server that stops would wait for connections on which nothing comes any more.
    if (closing) reply.header('connection', 'close')
    reply.header('x-request-id', request.id)
    reply.header('x-content-type-options', 'nosniff')
  })
  const allowed = collectMethods(app)
  await app.register(fastifySwagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Labrador', description: 'Recommendations over HTTP.', version: '0.1.0' },
    },
    transform: jsonSchemaTransform,
  })
  recommendationRoutes(app, serving, metrics)
  itemRoutes(app, serving)
  requestRoutes(app, serving)
  experimentRoutes(app, serving)
  eventRoutes(app, serving, metrics)
  operationRoutes(app, serving, metrics)
  refuseOtherMethods(app, allowed)
  if (existsSync(options.imageFolder)) {
    await app.register(fastifyStatic, {
      root: options.imageFolder,
      prefix: '/images/',
      decorateReply: false,
      index: false,
      dotfiles: 'ignore',
      maxAge: '1h',
      setHeaders: (response) => response.header('content-security-policy', IMAGE_POLICY),
    })
  }
  if (existsSync(options.pageFolder)) {
    await app.register(fastifyStatic, {
      root: options.pageFolder,
      prefix: '/',
      decorateReply: false,
      setHeaders: (response) => response.header('content-security-policy', PAGE_POLICY),
    })
  }
  await app.ready()
  return app
}

/** The methods of every address that is registered from here on. */
function collectMethods(app: Api): Map<string, Set<string>> {
  const allowed = new Map<string, Set<string>>()
  app.addHook('onRoute', ({ url, method }) => {
    if (!url.startsWith('/api/') && !/^\/[a-z]+(\.json)?$/.test(url)) return
    const methods = allowed.get(url) ?? new Set()
    for (const one of [method].flat()) methods.add(one)
    allowed.set(url, methods)
  })
  return allowed
}

/** An address that exists says which methods it has, instead of not being found. */
function refuseOtherMethods(app: Api, allowed: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const [url, has] of [...allowed].map(([url, methods]) => [url, new Set(methods)] as const)) {
    app.route({
      url,
      method: METHODS.filter((method) => !has.has(method)),
      schema: { hide: true },
      handler: (request, reply) => answerWrongMethod(request, reply, [...has]),
    })
  }
}
