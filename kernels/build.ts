/**
 * @file `npm run build:kernels`: compiles every AssemblyScript source in this folder to `dist/NAME.wasm`, and the native
 * kernel where there is a C++ compiler.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { ModuleKind, ScriptTarget, transpileModule } from 'typescript'
import { buildNative } from './build-native.ts'

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
const sources = readdirSync(folder).filter((file) => file.endsWith('.ts') && !file.startsWith('build'))

mkdirSync(join(folder, 'dist'), { recursive: true })
for (const source of sources.sort()) {
  const output = join(folder, 'dist', source.replace(/\.ts$/, '.wasm'))
  const { status } = spawnSync(process.execPath, [compiler, join(folder, source), '-o', output, ...FLAGS], {
    stdio: 'inherit',
  })
  if (status !== 0) process.exit(status ?? 1)
}

// Packages bring no TypeScript that Node would run: what builds the native kernel at their install is plain JavaScript.
const { outputText } = transpileModule(readFileSync(join(folder, 'build-native.ts'), 'utf8'), {
  compilerOptions: { module: ModuleKind.ESNext, target: ScriptTarget.ES2024 },
})
writeFileSync(join(folder, 'dist', 'build-native.js'), outputText)
const missing = await buildNative()
if (missing) console.log(`No native kernel, the WebAssembly one serves: ${missing}`)
