/** @file A real server on the reading club, for the tests of one file, and how to ask it. */

import assert from 'node:assert/strict'
import { after } from 'node:test'
import { silentProgress } from '../../src/base/progress.ts'
import { type RunningServer, type ServeOptions, startServer } from '../../src/server/serve.ts'
import { type Club, fittedClub } from './reading-club.ts'

export interface Problem {
  requestId: string
  error: { code: string; message: string; field?: string; hint?: string }
}

/** Serves a club on a free port with two workers. */
export function serveClub(club: Club, options: Partial<ServeOptions> = {}): Promise<RunningServer> {
  const { storePath, snapshotFolder } = club
  return startServer({
    storePath,
    snapshotFolder,
    host: '127.0.0.1',
    port: 0,
    workers: 2,
    // A busy machine must not turn a test of something else into a test of the budget.
    budgetMs: { related: 60_000, home: 60_000 },
    progress: silentProgress,
    ...options,
  })
}

/** A club and its server that go away after the last test of the file. */
export async function clubServer(
  options: Partial<ServeOptions> = {},
): Promise<{ club: Club; server: RunningServer }> {
  const club = await fittedClub()
  const server = await serveClub(club, options)
  after(async () => {
    await server.close()
    await club.remove()
  })
  return { club, server }
}

/** Asks and reads the JSON answer. */
export async function ask<T>(server: RunningServer, path: string, init?: RequestInit) {
  const response = await fetch(server.address + path, init)
  return { status: response.status, headers: response.headers, body: (await response.json()) as T }
}

export function post(body: unknown): RequestInit {
  return { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

/** A refusal has the form of the API: a code, a message, the field at fault, and nothing of the code's inside. */
export function assertProblem(
  answer: { status: number; body: Problem },
  status: number,
  field?: string,
): void {
  assert.equal(answer.status, status, JSON.stringify(answer.body))
  const { requestId, error } = answer.body
  assert.match(requestId, /^[0-9a-f-]{36}$/)
  assert.match(error.code, /^[a-z-]+$/)
  assert.ok(error.message.length > 0 && error.message.length < 1000)
  assert.doesNotMatch(JSON.stringify(answer.body), /node_modules|\.ts:\d|\.js:\d|at \w+ \(/)
  if (field !== undefined) assert.equal(error.field, field)
}
