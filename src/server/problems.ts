/** @file Errors as HTTP answers: a code, a message, the field at fault; never a stack trace. */

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

export function answerProblems(app: FastifyInstance): void {
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const problem = problemOf(error)
    if (problem.status >= 500) request.log.error({ err: error }, 'request failed')
    return send(request, reply, problem)
  })
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

function problemOf(error: FastifyError): Problem {
  if (hasZodFastifySchemaValidationErrors(error)) {
    const { instancePath, message = 'not valid' } = error.validation[0]!
    const field = [error.validationContext, ...instancePath.split('/').filter(Boolean)].join('.')
    return { status: 400, code: 'invalid-request', message: `${field}: ${message}`, field }
  }
  if (error instanceof LabradorError) {
    return {
      status: error.status,
      code: error.code,
      message: error.message,
      field: error.field,
      hint: error.hint,
    }
  }
  const status = error.statusCode ?? 500
  if (status < 500) {
    const field = status === 413 || error.code?.startsWith('FST_ERR_CTP') ? 'body' : 'path'
    return { status, code: 'invalid-request', message: error.message, field }
  }
  return { status: 500, code: 'internal', message: 'something went wrong here; the log has the request id' }
}

function send(request: FastifyRequest, reply: FastifyReply, { status, ...error }: Problem) {
  if (status === 503) reply.header('retry-after', '1')
  return reply
    .status(status)
    .type('application/json')
    .serializer(JSON.stringify)
    .send({ requestId: request.id, error })
}
