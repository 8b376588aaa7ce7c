/** @file A process that imports in small blocks and says on standard output how far it is: to be killed on the way. */

import { importFile } from '../../../src/store/import/import-file.ts'
import { openStore } from '../../../src/store/sqlite-store.ts'

const [storePath, file, blockBytes] = process.argv.slice(2) as [string, string, string]

const store = openStore(storePath)
const progress = {
  start: () => ({ update: (done: number) => process.stdout.write(`${done}\n`), end() {} }),
}
await importFile(store, 'events', file, { blockBytes: Number(blockBytes), progress })
store.close()
