/** @file A running server takes the snapshot that is activated, between two requests: nothing fails, nothing is lost or counted twice. */

import assert from 'node:assert/strict'
import { cp, mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { deriveSnapshot } from '../../src/cascade/derive-snapshot.ts'
import { activateSnapshot, activeSnapshot } from '../../src/cascade/snapshot.ts'
import { openRecommender } from '../../src/server/open-recommender.ts'
import type { RunningServer } from '../../src/server/serve.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { Command, startServe } from './command.ts'
import { type Club, fittedClub } from './reading-club.ts'
import { ask, post, serveClub } from './running-server.ts'

interface Health {
  snapshot: string
  loading: string | null
  refused: { snapshot: string; reason: string } | null
}
interface Answer {
  requestId: string
  snapshot: string
  logged: boolean
  knownUser?: boolean
  items: { id: string; title: string }[]
}

const club = await fittedClub()
after(() => club.remove())

let copies = 0
/** Another snapshot that answers as the active one does. */
async function another({ snapshotFolder }: Club): Promise<string> {
  const from = await activeSnapshot(snapshotFolder)
  const { name } = await deriveSnapshot(snapshotFolder, from, {}, Date.now() + 1000 * ++copies)
  return name
}

const health = async (server: Pick<RunningServer, 'address'>) =>
  (await (await fetch(`${server.address}/health`)).json()) as Health

test('while lists are asked for and events come in, another snapshot takes over and knows all of it', async (context) => {
  const server = await serveClub(club)
  context.after(() => server.close())
  const former = await activeSnapshot(club.snapshotFolder)
  const next = await another(club)
  const answers: Answer[] = []
  let changed = false
  let visitors = 0
  // Each visitor asks, clicks on what is shown, hides something and asks again, until some did after the change.
  const visit = async (visitor: number) => {
    const list = await ask<Answer>(server, `/api/v1/items/book-1/related?limit=1`)
    assert.equal(list.status, 200)
    answers.push(list.body)
    const { requestId, items } = list.body
    const events = [
      { user: `guest-${visitor}`, item: items[0].id, kind: 'click', context: { requestId } },
      { user: `guest-${visitor}`, item: 'book-60', kind: 'hide' },
    ]
    assert.equal((await ask(server, '/api/v1/events', post({ events }))).status, 200)
  }
  const visiting = Array.from({ length: 12 }, async () => {
    for (let afterwards = 0; afterwards < 5; afterwards += changed ? 1 : 0) await visit(visitors++)
  })
  const putting = (async () => {
    for (let k = 0; !changed; k++) {
      const item = { id: `late-${k % 20}`, title: `Quokka tale ${k % 20}`, hidden: k % 20 === 7 }
      assert.equal((await ask(server, '/api/v1/items', post({ items: [item] }))).status, 200)
    }
  })()
  await activateSnapshot(club.snapshotFolder, next)
  await server.takeActive()
  changed = true
  await Promise.all([...visiting, putting])

  assert.deepEqual(
    await health(server).then(({ snapshot, loading, refused }) => [snapshot, loading, refused]),
    [next, null, null],
  )
  assert.ok(answers.every(({ logged }) => logged))
  const bySnapshot = new Set(answers.map(({ snapshot }) => snapshot))
  assert.deepEqual([...bySnapshot], [former, next])
  const found = await ask<Answer>(server, '/api/v1/items?query=quokka&limit=50')
  const titles = found.body.items.map(({ title }) => title)
  assert.ok(titles.includes('Quokka tale 3') && !titles.includes('Quokka tale 7'))
  for (const visitor of [0, visitors >> 1, visitors - 1]) {
    const home = await ask<Answer>(server, `/api/v1/users/guest-${visitor}/recommendations?limit=200`)
    assert.equal(home.body.knownUser, true)
    assert.ok(home.body.items.every(({ id }) => id !== 'book-60'))
  }
  await assertCountersAgree(server, next)
})

/** What the server counts of a page is what one counts that reads the whole log at once. */
async function assertCountersAgree(server: RunningServer, snapshot: string): Promise<void> {
  const folder = join(club.folder, `copy-${snapshot}`)
  await mkdir(folder)
  const copy = join(folder, 'store.db')
  const database = new DatabaseSync(club.storePath)
  database.prepare('vacuum into ?').run(copy)
  database.close()
  const store = openStore(copy)
  const recommender = await openRecommender(store, { snapshotFolder: club.snapshotFolder })
  await recommender.related('book-1', { limit: 1, requestId: 'fresh' })
  const { body } = await ask<Answer>(server, '/api/v1/items/book-1/related?limit=1')
  const original = openStore(club.storePath)
  const [fresh, served] = [store.getRequest('fresh')!, original.getRequest(body.requestId)!]
  for (const opened of [store, original]) opened.close()
  await recommender.close()
  assert.equal(served.request.snapshot, snapshot)
  const { features } = served.request.shown
  const counted = features.filter((name) => /^counters\.(pair|item)\.(clicks|expected)\.ever$/.test(name))
  assert.equal(counted.length, 4)
  for (const name of counted) {
    const at = features.indexOf(name)
    const [ours, theirs] = [served, fresh].map(({ request }) => request.shown.values[at])
    assert.ok(ours > 0 && Math.abs(ours - theirs) < 1e-4 * theirs, `${name}: ${ours}, ${theirs}`)
  }
}

test('a snapshot that cannot be read leaves the former one in its place and says so, until a whole one comes', async (context) => {
  const server = await serveClub(club)
  context.after(() => server.close())
  const former = await activeSnapshot(club.snapshotFolder)
  const damaged = await another(club)
  const whole = await another(club)
  const file = join(club.snapshotFolder, damaged, 'graph.arrays')
  // A file of its own: derived snapshots share theirs.
  await cp(file, `${file}.own`)
  await rm(file)
  await writeFile(file, 'not a graph')
  await activateSnapshot(club.snapshotFolder, damaged)
  await server.takeActive()
  const refused = await health(server)
  assert.deepEqual([refused.snapshot, refused.loading, refused.refused?.snapshot], [former, null, damaged])
  assert.match(refused.refused!.reason, /graph\.arrays/)
  const list = await ask<Answer>(server, '/api/v1/items/book-1/related')
  assert.deepEqual([list.status, list.body.snapshot], [200, former])
  const event = { user: 'guest-after', item: 'book-2', kind: 'click' }
  assert.equal((await ask(server, '/api/v1/events', post({ events: [event] }))).status, 200)

  await activateSnapshot(club.snapshotFolder, whole)
  await server.takeActive()
  const after = await health(server)
  assert.deepEqual([after.snapshot, after.refused], [whole, null])
  const home = await ask<Answer>(server, '/api/v1/users/guest-after/recommendations')
  assert.equal(home.body.knownUser, true)
})

test('back to what still answers takes the refusal back', async (context) => {
  const server = await serveClub(club)
  context.after(() => server.close())
  const former = await activeSnapshot(club.snapshotFolder)
  await activateSnapshot(club.snapshotFolder, await damagedCopy())
  await server.takeActive()
  assert.notEqual((await health(server)).refused, null)
  await activateSnapshot(club.snapshotFolder, former)
  await server.takeActive()
  const { snapshot, refused } = await health(server)
  assert.deepEqual([snapshot, refused], [former, null])
})

async function damagedCopy(): Promise<string> {
  const name = await another(club)
  await rm(join(club.snapshotFolder, name, 'users.arrays'))
  return name
}

test('the command follows `labrador snapshots --activate` by itself', async (context) => {
  const { address } = await startServe(context, club.storePath, ['--follow', '1'])
  const next = await another(club)
  assert.notEqual((await health({ address })).snapshot, next)
  await new Command(context, ['snapshots', '--store', club.storePath, '--activate', next]).ended
  let now = ''
  while (now !== next) now = (await health({ address })).snapshot
  const list = (await (await fetch(`${address}/api/v1/items/book-1/related`)).json()) as Answer
  assert.equal(list.snapshot, next)
})
