/** @file One step of the simulated world in a process of its own, so that its peak of memory is its own: prints JSON. */

import { loadDataset } from '../src/data/load-dataset.ts'
import { prepareDataset } from '../src/data/prepare.ts'

const [step, name, storeDirectory] = process.argv.slice(2) as ['prepare' | 'load', string, string]

let start = performance.now()
const store = await prepareDataset(name, { storeDirectory })
if (step === 'load') {
  start = performance.now()
  loadDataset(store)
}
const seconds = (performance.now() - start) / 1000
store.close()
console.log(JSON.stringify({ seconds, peakMiB: process.resourceUsage().maxRSS / 1024 }))
