/** @file One import or export in a process of its own, so that its peak of memory is its own: prints one line of JSON. */

import { exportFile } from '../src/store/export/export-file.ts'
import { importFile } from '../src/store/import/import-file.ts'
import { openStore } from '../src/store/sqlite-store.ts'

const [work, storePath, file] = process.argv.slice(2) as ['import' | 'export', string, string]

const store = openStore(storePath, { isBulk: work === 'import' })
const start = performance.now()
const cpu = process.threadCpuUsage()
const rows =
  work === 'import'
    ? (await importFile(store, 'events', file)).added
    : (await exportFile(store, 'events', file)).rows
const { user, system } = process.threadCpuUsage(cpu)
store.close()
const seconds = (performance.now() - start) / 1000
const peakMiB = process.resourceUsage().maxRSS / 1024
console.log(JSON.stringify({ rows, seconds, threadSeconds: (user + system) / 1e6, peakMiB }))
