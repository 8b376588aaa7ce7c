/** @file `npm run docs`: writes `docs/reference/` from the code. */

import { mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Application } from 'typedoc'
import { writeFileAtomic } from '../src/base/atomic-file.ts'
import { referencePages } from './reference-pages.ts'

const folder = join(import.meta.dirname, 'reference')
for (const [name, text] of Object.entries(referencePages())) await writeFileAtomic(join(folder, name), text)

// TypeDoc empties the folder that it writes to: it gets one of its own.
const temporary = await mkdtemp(join(folder, '.api-'))
try {
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: ['src/index.ts', 'client/src/index.ts'],
    tsconfig: 'tsconfig.json',
    out: temporary,
    readme: 'none',
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    router: 'kind',
  })
  const project = await application.convert()
  if (!project) throw new Error('TypeDoc could not read the code')
  await application.generateOutputs(project)
  await rm(join(folder, 'api'), { recursive: true, force: true })
  await rename(temporary, join(folder, 'api'))
} finally {
  await rm(temporary, { recursive: true, force: true })
}
