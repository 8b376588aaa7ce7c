/** @file Peers written in Python, in a virtual environment of their own: made on demand, versions pinned. */

import { execFile, spawn } from 'node:child_process'
import { copyFile, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

const run = promisify(execFile)
const folder = join(import.meta.dirname, 'peers')
const environment = join(folder, '.venv')
const requirements = join(folder, 'requirements.txt')
/** Stands in the environment once everything is installed: what it was made from. */
const installed = join(environment, 'requirements.txt')
const python = join(environment, 'bin', 'python')
const OUTPUT_LIMIT = 64 * 1024 * 1024

export interface PythonPeer {
  /**
   * Runs `peers/SCRIPT` with that many threads for everything in it.
   *
   * @returns the JSON that the script prints on its last line
   */
  measure<Result>(script: string, given: readonly (string | number)[], threads: number): Promise<Result>
  /** Starts a script that answers each line with one of JSON, so that it and Labrador can take turns. */
  converse(script: string, given: readonly (string | number)[], threads: number): Conversation
}

export interface Conversation {
  ask<Answer>(question: string): Promise<Answer>
  close(): void
}

/** @returns null, after a note that says what is missing, when the environment cannot be made */
export async function pythonPeer(note: (sentence: string) => void): Promise<PythonPeer | null> {
  try {
    await makeEnvironment()
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string }
    const reason = (stderr?.trim() || message).split('\n').at(-1)
    note(`No Python peers: ${reason} (needed: python3 with venv, and pip with the package index in reach)`)
    return null
  }
  return {
    async measure(script, given, threads) {
      const { stdout } = await run(python, [join(folder, script), ...given.map(String), String(threads)], {
        env: peerEnvironment(threads),
        maxBuffer: OUTPUT_LIMIT,
      })
      return JSON.parse(stdout.trim().split('\n').at(-1) as string)
    },
    converse(script, given, threads) {
      const child = spawn(python, [join(folder, script), ...given.map(String), String(threads)], {
        env: peerEnvironment(threads),
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      // A script that has ended answers no more: `ask` says so.
      child.stdin.on('error', () => {})
      const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
      return {
        async ask(question) {
          child.stdin.write(`${question}\n`)
          const { value, done } = await answers.next()
          if (done) throw new Error(`${script} ended before it answered "${question}"`)
          return JSON.parse(value)
        },
        close: () => child.stdin.end(),
      }
    },
  }
}

async function makeEnvironment(): Promise<void> {
  const wanted = await readFile(requirements, 'utf8')
  if ((await readFile(installed, 'utf8').catch(() => '')) === wanted) return
  await rm(environment, { recursive: true, force: true })
  await run('python3', ['-m', 'venv', environment])
  await run(python, ['-m', 'pip', 'install', '--quiet', '-r', requirements], { maxBuffer: OUTPUT_LIMIT })
  await copyFile(requirements, installed)
}

/** The linear algebra below the peers picks its own kernels, with as many threads as we use. */
function peerEnvironment(threads: number): NodeJS.ProcessEnv {
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...others } = process.env
  const count = String(threads)
  return { ...others, OMP_NUM_THREADS: count, OPENBLAS_NUM_THREADS: count, MKL_NUM_THREADS: count }
}
