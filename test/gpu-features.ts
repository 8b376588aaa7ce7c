/** @file What the GPU of this process can do beyond what all can: one line of JSON. */

import { create, globals } from 'webgpu'

Object.assign(globalThis, globals)
const adapter = await create([]).requestAdapter()
console.log(JSON.stringify([...(adapter?.features ?? [])]))
// Otherwise the library's own threads keep the process.
process.exit(0)
