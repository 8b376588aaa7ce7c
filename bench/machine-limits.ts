/** @file What this machine can do at best: bytes from memory, and multiply-adds of int8, natively and in WebAssembly. */

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'

const run = promisify(execFile)
const peers = join(import.meta.dirname, 'peers')

export interface MachineLimits {
  /** Reading alone, all threads together. */
  bytesPerSecond: number
  /** Two for each multiply-add; of the bare instruction on registers. */
  operationsPerSecond: number
  instruction: string
  /** Of the bare matrix instruction, where there is one. */
  matrixOperationsPerSecond?: number
}

/** @param megabytes that are read: as many as the table has, as caches help with less */
export async function machineLimits(threads: number, megabytes: number): Promise<MachineLimits> {
  return inFolder(async (folder) => {
    const program = join(folder, 'machine-limits')
    await run('g++', [
      '-O3',
      '-march=native',
      '-std=c++17',
      '-pthread',
      '-o',
      program,
      join(peers, 'machine-limits.cpp'),
    ])
    const { stdout } = await run(program, [String(threads), String(megabytes)])
    return JSON.parse(stdout)
  })
}

const ROUNDS = 20_000_000
const OPERATIONS = ROUNDS * 5 * 8 * 2
const REPEATS = 5

/** @returns operations a second of WebAssembly's dot product on registers, all threads together */
export async function webAssemblyLimit(threads: number): Promise<number> {
  return inFolder(async (folder) => {
    const output = join(folder, 'bare-products.wasm')
    const compiler = createRequire(import.meta.url).resolve('assemblyscript/bin/asc.js')
    const source = join(peers, 'bare-products.ts')
    await run(process.execPath, [
      compiler,
      source,
      '-o',
      output,
      '-O3',
      '--runtime',
      'stub',
      '--enable',
      'simd',
    ])
    const bytes = await readFile(output)
    const seconds = await Promise.all(Array.from({ length: threads }, () => inWorker(bytes)))
    return seconds.reduce((sum, each) => sum + OPERATIONS / each, 0)
  })
}

const LOOP = `
const { parentPort, workerData } = require('node:worker_threads')
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(workerData.bytes), { env: { abort() {} } })
exports.products(workerData.rounds, 3)
const seconds = []
for (let n = 0; n < workerData.repeats; n++) {
  const start = performance.now()
  exports.products(workerData.rounds, 3)
  seconds.push((performance.now() - start) / 1000)
}
parentPort.postMessage(seconds.sort((a, b) => a - b)[workerData.repeats >> 1])
`

function inWorker(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(LOOP, { eval: true, workerData: { bytes, rounds: ROUNDS, repeats: REPEATS } })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

async function inFolder<Result>(work: (folder: string) => Promise<Result>): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-limits-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
