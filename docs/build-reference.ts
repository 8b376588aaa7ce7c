/** @file `npm run docs`: writes `docs/reference/` from the code. */

import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../src/base/atomic-file.ts'
import { writeApiPages } from './reference-api.ts'
import { httpPage } from './reference-http.ts'
import { referencePages } from './reference-pages.ts'

const folder = join(import.meta.dirname, 'reference')
const pages = { ...referencePages(), 'http.md': await httpPage() }
for (const [name, text] of Object.entries(pages)) await writeFileAtomic(join(folder, name), text)

// TypeDoc empties the folder that it writes to: it gets one of its own.
const temporary = await mkdtemp(join(folder, '.api-'))
try {
  await writeApiPages(temporary)
  await rm(join(folder, 'api'), { recursive: true, force: true })
  await rename(temporary, join(folder, 'api'))
} finally {
  await rm(temporary, { recursive: true, force: true })
}
