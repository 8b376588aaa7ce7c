/** @file `npm run build:kernels`: compiles every AssemblyScript source in this folder to `dist/NAME.wasm`. */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'

/** The memory comes from outside and is shared between workers; its size is chosen when a kernel is opened. */
const FLAGS = [
  '-O3',
  '--noAssert',
  '--runtime',
  'stub',
  '--enable',
  'simd,threads,relaxed-simd',
  '--importMemory',
  '--sharedMemory',
  '--initialMemory',
  '1',
  '--maximumMemory',
  '65536',
]

const folder = import.meta.dirname
const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')
const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && file !== basename(import.meta.filename))

mkdirSync(join(folder, 'dist'), { recursive: true })
for (const source of sources.sort()) {
  const output = join(folder, 'dist', source.replace(/\.ts$/, '.wasm'))
  const { status } = spawnSync(process.execPath, [compiler, join(folder, source), '-o', output, ...FLAGS], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}
