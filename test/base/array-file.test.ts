/** @file Artefacts survive the disk; damaged ones are refused. */

import assert from 'node:assert/strict'
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { readArtefact, writeArtefact } from '../../src/base/array-file.ts'
import { DamagedArtefactError } from '../../src/base/errors.ts'
import { temporaryFolder } from '../temporary-folder.ts'

const artefact = {
  arrays: {
    counts: Uint32Array.of(1, 2, 3),
    none: new Float32Array(0),
    times: Float64Array.of(0.5, Number.NaN),
  },
  meta: { name: 'käse' },
}

test('arrays come back equal, over shared memory, with nothing left beside the file', async () => {
  const folder = temporaryFolder('arrays')
  const path = join(folder, 'a.arrays')
  await writeArtefact(path, artefact)
  const read = await readArtefact(path)
  assert.deepEqual(Array.from(read.arrays.counts!), [1, 2, 3])
  assert.deepEqual(Array.from(read.arrays.times!), [0.5, Number.NaN])
  assert.equal(read.arrays.none!.length, 0)
  assert.ok(read.arrays.counts!.buffer instanceof SharedArrayBuffer)
  assert.deepEqual(read.meta, artefact.meta)
  assert.deepEqual(await readdir(folder), ['a.arrays'])
})

test('a cut or foreign file is refused with a typed error', async () => {
  const path = join(temporaryFolder('arrays'), 'a.arrays')
  await writeArtefact(path, artefact)
  const whole = await readFile(path)
  for (let size = 0; size < whole.length - 64; size += 7) {
    await truncate(path, size)
    await assert.rejects(readArtefact(path), DamagedArtefactError)
    await writeFile(path, whole)
  }
  await writeFile(path, 'id,title\n1,a\n')
  await assert.rejects(readArtefact(path), DamagedArtefactError)
})
