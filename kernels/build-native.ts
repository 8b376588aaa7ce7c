/**
 * @file Compiles `kernels/native/*.cpp` to `dist/scan-PLATFORM-PROCESSOR.node`, which any version of Node loads.
 *
 * Every file of tiles is compiled with the instructions it is named after; which of them runs is chosen when the module is
 * opened. Without a compiler nothing is built, and the WebAssembly kernel serves.
 */

import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Products must not be fused with sums: scores would differ from those of other kernels in their last bit. */
const FLAGS = ['-std=c++17', '-O3', '-fPIC', '-ffp-contract=off', '-fvisibility=hidden', '-Wall', '-c']

const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512vl', '-mavx512vnni', '-mavx2', '-mfma', '-mf16c']

const INSTRUCTIONS: Record<string, Record<string, string[]>> = {
  x64: {
    'tile-amx.cpp': [...AVX512, '-mamx-tile', '-mamx-int8'],
    'tile-avx512.cpp': AVX512,
    'tile-avx2.cpp': ['-mavx2', '-mfma', '-mf16c'],
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

export const nativeFile = join(folder, 'dist', `scan-${process.platform}-${process.arch}.node`)

/** @returns why nothing was built, or null when the module is there */
export async function buildNative(compiler = process.env.CXX ?? 'c++'): Promise<string | null> {
  const link = LINK[process.platform]
  if (!link) return `no native kernels on ${process.platform}`
  const objects = mkdtempSync(join(tmpdir(), 'labrador-native-'))
  try {
    const headers = createRequire(import.meta.url)('node-api-headers').include_dir as string
    const sources = readdirSync(join(folder, 'native')).filter((file) => file.endsWith('.cpp'))
    const objectOf = (source: string) => join(objects, source.replace(/cpp$/, 'o'))
    const compile = (source: string, instructions: string[]) =>
      run(compiler, [
        ...FLAGS,
        ...instructions,
        `-I${headers}`,
        '-o',
        objectOf(source),
        join(folder, 'native', source),
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
    const built = `${nativeFile}.${process.pid}`
    await run(compiler, [...link, '-o', built, ...sources.map(objectOf)])
    renameSync(built, nativeFile)
    return null
  } catch (error) {
    return (error as Error).message
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
  if (!existsSync(nativeFile)) await buildNative()
}
