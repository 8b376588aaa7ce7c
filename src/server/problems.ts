/** @file Errors as HTTP answers: a code, a message, the field at fault; never a stack trace. */

import { STATUS_CODES } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod'
import { LabradorError } from '../base/errors.ts'

interface Problem {
  status: number
  code: string
  message: string
  field?: string
  hint?: string
}

const CODES: Readonly<Record<number, string>> = {
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'too-large',
  414: 'too-large',
  415: 'unsupported-media-type',
  431: 'too-large',
}

export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) =>
    send(request, reply, {
      status: 404,
      code: 'not-found',
      message: 'no such address',
      field: 'path',
      hint: 'the addresses are listed in /openapi.json',
    }),
  )
}

/** Also for what goes wrong before there is a route, such as a path that is not UTF-8. */
export function answerError(error: FastifyError, request: FastifyRequest, reply: FastifyReply) {
  const problem = problemOf(error)
  if (problem.status >= 500 && problem.status !== 503) request.log.error({ err: error }, 'request failed')
  return send(request, reply, problem)
}

/** An address that exists, asked with a method that it does not have. */
export function answerWrongMethod(request: FastifyRequest, reply: FastifyReply, allowed: readonly string[]) {
  reply.header('allow', allowed.join(', '))
  if (request.method === 'OPTIONS') return reply.status(204).send()
  const message = `${request.method} is not possible here`
  return send(request, reply, {
    status: 405,
    code: CODES[405]!,
    message,
    field: 'method',
    hint: `one of ${allowed.join(', ')}`,
  })
}

/** What is not HTTP at all: answered on the bare socket, which is then closed. */
export function answerClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return
  const statuses: Record<string, number> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 }
  const status = statuses[error.code ?? ''] ?? 400
  const message = status === 431 ? 'the headers are too large' : 'this is not a readable HTTP request'
  const body = JSON.stringify({
    error: { code: CODES[status] ?? 'invalid-request', message, field: 'request' },
  })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function problemOf(error: FastifyError): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const { instancePath, message = 'not valid' } = error.validation[0]!
    const context = CONTEXTS[error.validationContext ?? ''] ?? error.validationContext
    const field = [context, ...instancePath.split('/').filter(Boolean)].join('.')
    return { status: 400, code: 'invalid-request', message: `${field}: ${message}`, field }
  }
  const status = (error instanceof LabradorError ? error.status : error.statusCode) ?? 500
  if (status >= 500 && status !== 503) {
    return { status: 500, code: 'internal', message: 'something went wrong here; the log has the request id' }
  }
  if (error instanceof LabradorError) {
    const { code, message, field, hint } = error
    return { status, code, message, field, hint }
  }
  const isBody = status === 413 || status === 415 || error.code?.startsWith('FST_ERR_CTP')
  const field = isBody || error instanceof SyntaxError ? 'body' : 'path'
  return { status, code: CODES[status] ?? 'invalid-request', message: error.message, field }
}

/** Names of the parts of a request, as a caller knows them. */
const CONTEXTS: Readonly<Record<string, string>> = { params: 'path', querystring: 'query' }

function send(request: FastifyRequest, reply: FastifyReply, { status, ...error }: Problem) {
  if (status === 503) reply.header('retry-after', '1')
  return reply
    .status(status)
    .header('x-request-id', request.id)
    .type('application/json')
    .serializer(JSON.stringify)
    .send({ requestId: request.id, error })
}
