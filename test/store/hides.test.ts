/** @file The hides of a log: all of them, in order, and nothing else. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { EVENT_KINDS } from '../../src/store/records.ts'
import { openStore } from '../../src/store/sqlite-store.ts'
import { temporaryFolder } from '../data/folder.ts'

test('only events of the kind hide are hides', async (context) => {
  const store = openStore(join(await temporaryFolder(context), 'store.db'))
  context.after(() => store.close())
  const kinds = [...EVENT_KINDS, 'hide'] as const
  store.appendEvents(
    kinds.map((kind, k) => ({
      id: null,
      time: k,
      user: `u${k}`,
      item: `i${k}`,
      kind,
      value: null,
      session: null,
      context: null,
    })),
  )
  const expected = kinds.flatMap((kind, k) => (kind === 'hide' ? [{ user: `u${k}`, item: `i${k}` }] : []))
  assert.deepEqual(
    [...store.hides()].map(({ user, item }) => ({ user, item })),
    expected,
  )
})
