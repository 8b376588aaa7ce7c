/** @file Every example runs as its reader would run it, and prints what it promises. */

import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { promisify } from 'node:util'

const FOLDER = join(import.meta.dirname, '../../examples')
const promises: Record<string, RegExp[]> = {
  'recommend-in-process.ts': [
    /Sources: co-occurrence/,
    /Whoever looks at Kind of Blue may like:\n( {2}(A Love Supreme|Time Out|Head Hunters) \(.*\)\n){3}/,
    /Goldberg Variations:\n( {2}(The Four Seasons|Winterreise|The Planets)\n){2}/,
  ],
  'import-and-measure.ts': [/2001 rows read, 2000 added, 1 rejected/, /\| co-occurrence \| source \| 0\.\d/],
  'serve-and-ask.ts': [
    /Related to page-3: page-\d, page-\d, page-\d, page-\d\n/,
    /For visitor-1: page-\d, page-\d, page-\d\n/,
    /Found: page-new\n/,
    /404 not-found: unknown item "page-404"/,
  ],
  // Both have seen the same episode last: only a network that looks at those before it has both right.
  'own-network.ts': [
    /After series 7, 4; series 7, 5; series 7, 6 comes series 7, 7\n/,
    /After series 7, 2; series 7, 4; series 7, 6 comes series 7, 8\n/,
  ],
  'train-from-log.ts': [
    /12000 examples of 300 users and 123 items\n/,
    /After shelf (\d), \d+ come (shelf \1, \d+(; )?){3}\n/,
  ],
  'search-vectors.ts': [
    /20000 rows in \d+\.\d ms, by cosine with a filter:\n {2}row 12340: (1\.00|0\.99)\d\n( {2}row \d+: 0.*\n){2}/,
  ],
}

/** What an example is given, where its own size would take long. */
const givenTo: Record<string, string[]> = { 'search-vectors.ts': ['20000'] }

test('every example has a test', async () => {
  assert.deepEqual(
    (await readdir(FOLDER)).filter((file) => file.endsWith('.ts')).sort(),
    Object.keys(promises).sort(),
  )
})

for (const [file, lines] of Object.entries(promises)) {
  test(`${file} runs and prints what it promises`, async () => {
    const command = [join(FOLDER, file), ...(givenTo[file] ?? [])]
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: tmpdir() })
    for (const line of lines) assert.match(stdout, line)
    assert.equal(stderr, '')
  })
}
