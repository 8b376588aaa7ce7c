/** @file The pages of the programmatic API, made by TypeDoc from the package's entry points. */

import { Application } from 'typedoc'

/** @param folder a folder of its own: TypeDoc empties it first */
export async function writeApiPages(folder: string): Promise<void> {
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: ['src/index.ts', 'src/nn/index.ts', 'src/vectors/index.ts', 'client/src/index.ts'],
    tsconfig: 'tsconfig.json',
    out: folder,
    readme: 'none',
    excludePrivate: true,
    excludeExternals: true,
    disableSources: true,
    router: 'kind',
  })
  const project = await application.convert()
  if (!project) throw new Error('TypeDoc could not read the code')
  await application.generateOutputs(project)
}
