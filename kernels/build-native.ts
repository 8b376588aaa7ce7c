/**
 * @file Compiles `kernels/native/` to `dist/NAME-PLATFORM-PROCESSOR.node`, one for each module, which any version of Node loads.
 *
 * Files are compiled with the instructions that they are named after; which of them runs is chosen when a module is opened.
 * Without a compiler nothing is built, and the WebAssembly kernels serve.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Modules by name, and the folders in `native/` where their sources lie. */
const MODULES = {
  scan: '.',
  'embedding-rows': 'embedding-rows',
  'onnx-session': 'onnx-session',
} as const

/** Products must not be fused with sums: results would differ from those of other kernels in their last bit. */
const FLAGS = [
  ...['-std=c++17', '-O3', '-fPIC', '-ffp-contract=off', '-fno-math-errno'],
  ...['-fvisibility=hidden', '-Wall', '-c'],
]

const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512vnni', '-mavx2', '-mfma', '-mf16c']

const INSTRUCTIONS: Record<string, Record<string, string[]>> = {
  x64: {
    'tile-amx.cpp': [...AVX512, '-mamx-tile', '-mamx-int8'],
    'tile-avx512.cpp': AVX512,
    'tile-avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
    'rows-avx512.cpp': ['-mavx512f'],
    'rows-avx2.cpp': ['-mavx2'],
    'pointwise-avx512.cpp': ['-mavx512f', '-mprefer-vector-width=512'],
    'pointwise-avx2.cpp': ['-mavx2'],
  },
  arm64: { 'tile-neon.cpp': ['-march=armv8.2-a+dotprod'] },
}

/** Of instructions that older compilers do not know; empty when compiled without. */
const OPTIONAL = ['tile-amx.cpp']

const LINK: Record<string, string[]> = {
  linux: ['-shared', '-static-libstdc++', '-static-libgcc', '-Wl,--exclude-libs,ALL', '-s'],
  darwin: ['-bundle', '-undefined', 'dynamic_lookup'],
}

/** The package's `kernels` folder, from the source as from the copy in `dist` that is published. */
const folder = existsSync(join(import.meta.dirname, 'native'))
  ? import.meta.dirname
  : join(import.meta.dirname, '..')

const fileOf = (module: string) =>
  join(folder, 'dist', `${module}-${process.platform}-${process.arch}.node`)

/** @returns why nothing was built, or null when the modules are there */
export async function buildNative(compiler = process.env.CXX ?? 'c++'): Promise<string | null> {
  const link = LINK[process.platform]
  if (!link) return `no native kernels on ${process.platform}`
  try {
    for (const [module, sources] of Object.entries(MODULES))
      await buildModule(compiler, link, join(folder, 'native', sources), fileOf(module))
    return null
  } catch (error) {
    return (error as Error).message
  }
}

async function buildModule(compiler: string, link: string[], from: string, to: string): Promise<void> {
  const objects = mkdtempSync(join(tmpdir(), 'labrador-native-'))
  try {
    const headers = createRequire(import.meta.url)('node-api-headers').include_dir as string
    const sources = readdirSync(from).filter((file) => file.endsWith('.cpp'))
    const objectOf = (source: string) => join(objects, source.replace(/cpp$/, 'o'))
    const compile = (source: string, instructions: string[]) =>
      run(compiler, [
        ...FLAGS,
        ...instructions,
        `-I${headers}`,
        '-o',
        objectOf(source),
        join(from, source),
      ])
    await Promise.all(
      sources.map(async (source) => {
        try {
          await compile(source, INSTRUCTIONS[process.arch]?.[source] ?? [])
        } catch (error) {
          if (!OPTIONAL.includes(source)) throw error
          await compile(source, [])
        }
      }),
    )
    mkdirSync(join(folder, 'dist'), { recursive: true })
    // Renamed into place: a process that has the old one open keeps it.
    const built = `${to}.${process.pid}`
    await run(compiler, [...link, '-o', built, ...sources.map(objectOf)])
    renameSync(built, to)
  } finally {
    rmSync(objects, { recursive: true, force: true })
  }
}

function run(command: string, given: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, given, { stdio: ['ignore', 'ignore', 'pipe'] })
    let said = ''
    child.stderr.on('data', (chunk) => {
      said += chunk
    })
    child.on('error', reject)
    child.on('close', (status) =>
      status === 0 ? resolve() : reject(new Error(`${command} ${given.at(-1)}: ${said.slice(0, 2000)}`)),
    )
  })
}

/** What a package's install runs: builds only what was not brought along. */
export async function buildNativeIfMissing(): Promise<void> {
  if (!Object.keys(MODULES).every((module) => existsSync(fileOf(module)))) await buildNative()
}
