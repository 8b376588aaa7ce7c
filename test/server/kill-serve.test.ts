/** @file A server that is killed or stopped while it works: nothing acknowledged is lost, nothing is counted twice. */

import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, test } from 'node:test'
import { openRecommender } from '../../src/server/open-recommender.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { Command, startServe } from './command.ts'
import { fittedClub } from './reading-club.ts'
import { post } from './running-server.ts'

const club = await fittedClub()
after(() => club.remove())

const BATCH = 25
const SENDERS = 6
const KILL_AFTER = 40

interface Written {
  added: number
  repeated: number
}

function batch(number: number) {
  return Array.from({ length: BATCH }, (_, k) => ({
    id: `killed-${number}-${k}`,
    user: `visitor-${number}`,
    item: `book-${(number + k) % 100}`,
    kind: 'click',
  }))
}

/** The answer, or null when the connection broke before there was one. */
async function send(address: string, number: number): Promise<Written | null> {
  try {
    const response = await fetch(`${address}/api/v1/events`, post({ events: batch(number) }))
    assert.equal(response.status, 200)
    return (await response.json()) as Written
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error
    return null
  }
}

function countsById(prefix: string): Map<string, number> {
  const store = openStore(club.storePath)
  const counts = new Map<string, number>()
  for (const { events } of store.events()) {
    for (const { id } of events) if (id?.startsWith(prefix)) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  store.close()
  return counts
}

test('kill -9 while events arrive: what was acknowledged is there once, the next start answers', async (context) => {
  const first = await startServe(context, club.storePath)
  const acknowledged = new Set<number>()
  let sent = 0
  // Several senders go on until the connection breaks, so that the end always comes in the middle of something.
  const sending = Array.from({ length: SENDERS }, async () => {
    for (;;) {
      const number = sent++
      if ((await send(first.address, number)) === null) return
      acknowledged.add(number)
      if (acknowledged.size === KILL_AFTER) first.command.child.kill('SIGKILL')
    }
  })
  await Promise.all(sending)
  await first.command.ended
  assert.ok(acknowledged.size >= KILL_AFTER && acknowledged.size < sent)

  const kept = countsById('killed-')
  for (const number of acknowledged) for (const { id } of batch(number)) assert.equal(kept.get(id), 1, id)
  // A batch is one transaction: of those without an answer, all events are there or none.
  for (let number = 0; number < sent; number++) {
    const there = batch(number).filter(({ id }) => kept.has(id)).length
    assert.ok(there === 0 || there === BATCH)
  }

  const second = await startServe(context, club.storePath)
  for (let number = 0; number < sent; number++) {
    const answer = await send(second.address, number)
    const wasThere = kept.has(batch(number)[0]!.id)
    assert.deepEqual([answer?.added, answer?.repeated], wasThere ? [0, BATCH] : [BATCH, 0])
  }
  const known = [...acknowledged][0]!
  const home = await fetch(`${second.address}/api/v1/users/visitor-${known}/recommendations`)
  assert.equal(((await home.json()) as { knownUser: boolean }).knownUser, true)
  await second.command.kill()
  const counts = countsById('killed-')
  assert.equal(counts.size, BATCH * sent)
  assert.ok([...counts.values()].every((count) => count === 1))
})

test('kill -9 while lists are asked for: every answered request is in the log, whole', async (context) => {
  const { address, command } = await startServe(context, club.storePath)
  const answered = new Map<string, string[]>()
  let asked = 0
  const asking = Array.from({ length: SENDERS }, async () => {
    for (;;) {
      const number = asked++
      try {
        const response = await fetch(
          `${address}/api/v1/items/book-${number % 100}/related?limit=7&user=member-5`,
        )
        const { requestId, items } = (await response.json()) as { requestId: string; items: { id: string }[] }
        answered.set(
          requestId,
          items.map(({ id }) => id),
        )
      } catch {
        return
      }
      if (answered.size === KILL_AFTER) command.child.kill('SIGKILL')
    }
  })
  await Promise.all(asking)
  await command.ended
  assert.ok(answered.size >= KILL_AFTER && answered.size < asked)
  const store = openStore(club.storePath)
  for (const [id, items] of answered) {
    const logged = store.getRequest(id)
    assert.ok(logged, id)
    const { shown, user } = logged.request
    assert.deepEqual([user, shown.items], ['member-5', items])
    assert.equal(shown.propensities.length, items.length)
    assert.equal(shown.values.length, items.length * shown.features.length)
    assert.ok(shown.features.length > 50)
  }
  store.close()
})

test('what came in before a restart is served after it: new items, changed and hidden ones, histories', async (context) => {
  const first = await startServe(context, club.storePath)
  const items = [
    { id: 'late-book', title: 'Xylophone almanac', attributes: { category: 'music' } },
    { id: 'book-50', title: 'Renamed', hidden: false, attributes: { category: 'travel' } },
    { id: 'book-51', title: 'Withdrawn', hidden: true },
  ]
  const put = await fetch(`${first.address}/api/v1/items`, post({ items }))
  assert.equal(put.status, 200)
  await first.command.kill()

  const { command, address } = await startServe(context, club.storePath)
  const read = async (path: string) =>
    (await (await fetch(address + path)).json()) as { items: { id: string }[] }
  assert.deepEqual(
    (await read('/api/v1/items?query=xylophone')).items.map(({ id }) => id),
    ['late-book'],
  )
  const all = (await read('/api/v1/users/nobody/recommendations?limit=500')).items
  assert.ok(all.some(({ id }) => id === 'late-book'))
  assert.ok(all.every(({ id }) => id !== 'book-51'))
  const page = (await (await fetch(`${address}/api/v1/items/book-50/related`)).json()) as {
    query: { title: string }
  }
  assert.equal(page.query.title, 'Renamed')
  await command.kill()
})

test('kill -9: the next start has counted what the log says', async (context) => {
  interface Answer {
    requestId: string
    items: { id: string; score: number }[]
  }
  /** Of an item before anybody saved it: afterwards it stands higher. */
  const PLACE = 20
  const start = () => startServe(context, club.storePath, ['--boost', '--explore', '0'])
  const ask = async (address: string) =>
    (await (await fetch(`${address}/api/v1/items/book-9/related?limit=30`)).json()) as Answer
  const first = await start()
  let wanted = ''
  for (let k = 0; k < 4; k++) {
    const { requestId, items } = await ask(first.address)
    wanted ||= items[PLACE]!.id
    const saved = { user: `saver-${k}`, item: wanted, kind: 'save', context: { requestId } }
    const answer = await fetch(`${first.address}/api/v1/events`, post({ events: [saved] }))
    assert.equal(answer.status, 200)
  }
  await first.command.kill()

  const store = openStore(club.storePath)
  const replayed = await openRecommender(store, { boost: true })
  const expected = await replayed.related('book-9', { limit: 30 })
  store.close()
  const second = await start()
  const { items } = await ask(second.address)
  assert.ok(items.findIndex(({ id }) => id === wanted) < PLACE)
  items.forEach(({ id, score }) => {
    const other = expected.items.find((item) => item.id === id)
    // Seconds have passed, in which counters fade a little.
    assert.ok(other && Math.abs(other.score - score) < 1e-3, `${id}: ${score} for ${other?.score}`)
  })
  await second.command.kill()
})

test('SIGTERM: a request under way is answered, then the process ends well', async (context) => {
  const { command, address } = await startServe(context, club.storePath)
  const { port } = new URL(address)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  const body = JSON.stringify({
    events: [{ id: 'at-the-end', user: 'visitor', item: 'book-1', kind: 'save' }],
  })
  const head = [
    'POST /api/v1/events HTTP/1.1',
    'host: x',
    'content-type: application/json',
    `content-length: ${body.length}`,
    'expect: 100-continue',
  ]
  socket.setEncoding('utf8').write(`${head.join('\r\n')}\r\n\r\n`)
  const [go] = (await once(socket, 'data')) as [string]
  assert.match(go, /^HTTP\/1\.1 100 /)

  command.child.kill('SIGTERM')
  while (await accepts(Number(port))) {
    // Until the server takes no new connections, which says that it is closing.
  }
  socket.write(body)
  const [answer] = (await once(socket, 'data')) as [string]
  assert.match(answer, /^HTTP\/1\.1 200 /)
  assert.deepEqual(await command.ended, { code: 0, signal: null })
  assert.equal(countsById('at-the-end').get('at-the-end'), 1)
})

test('a start that cannot work ends with a reason and without hanging', async (context) => {
  const { command, address } = await startServe(context, club.storePath)
  const taken = new Command(context, ['serve', '--store', club.storePath, '--port', new URL(address).port])
  assert.equal((await taken.ended).code, 1)
  assert.match(taken.output, /port \d+ is in use — choose another with --port/)
  assert.doesNotMatch(taken.output, /\n\s+at /)
  await command.kill()
})

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
