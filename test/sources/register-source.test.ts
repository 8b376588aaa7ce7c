import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { InvalidOptionError, NotFoundError } from '../../src/base/errors.ts'
import { threadEntry } from '../../src/base/thread-modules.ts'
import { type Fitted, openSources } from '../../src/cascade/fit.ts'
import { emptyCandidates } from '../../src/sources/candidates.ts'
import { MAX_SOURCES } from '../../src/sources/merge.ts'
import { registerSource, sourceDefinition, sourceDefinitions } from '../../src/sources/registry.ts'
import type { SourceDefinition } from '../../src/sources/source.ts'

const silent = (name: string): SourceDefinition<object> => ({
  name,
  summary: 'Says nothing.',
  surfaces: ['home'],
  options: z.strictObject({}),
  fit: async () => ({ arrays: {}, meta: {} }),
  open: () => ({ name, propose: () => emptyCandidates }),
})

test('a source that is registered opens behind ours, and threads load its file before their own', () => {
  const worker = new URL('file:///worker.js')
  assert.equal(threadEntry(worker), worker)
  const before = sourceDefinitions.length
  registerSource(silent('own'), 'file:///own.js')
  assert.equal(sourceDefinitions.length, before + 1)
  assert.equal(sourceDefinition('own'), sourceDefinitions.at(-1))
  const fitted = { artefacts: { own: { arrays: {}, meta: {} } } } as unknown as Fitted
  assert.deepEqual(
    openSources(fitted, 'home').map(({ name }) => name),
    ['own'],
  )
  const entry = decodeURIComponent(threadEntry(worker).href)
  assert.match(entry, /await import\("file:\/\/\/own\.js"\)\nawait import\("file:\/\/\/worker\.js"\)/)
})

test('a fitted source that is not registered is refused by name, not left out', () => {
  const fitted = { artefacts: { stranger: { arrays: {}, meta: {} } } } as unknown as Fitted
  assert.throws(() => openSources(fitted, 'home'), NotFoundError)
})

test('names that are taken or no names, and more sources than a mask has bits, are refused', () => {
  assert.throws(() => registerSource(silent('popular'), 'file:///own.js'), InvalidOptionError)
  assert.throws(() => registerSource(silent('../own'), 'file:///own.js'), InvalidOptionError)
  for (let k = sourceDefinitions.length; k < MAX_SOURCES; k++)
    registerSource(silent(`own-${k}`), 'file:///own.js')
  assert.throws(() => registerSource(silent('one-more'), 'file:///own.js'), /at most 32 sources/)
})
