/** @file The `labrador` command as a child process whose output can be waited for. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

export class Command {
  readonly child: ChildProcess
  /** How the process ended. */
  readonly ended: Promise<{ code: number | null; signal: string | null }>
  #output = ''
  readonly #watchers = new Set<() => void>()

  /** Starts it; it is killed with the test at the latest. */
  constructor(context: TestContext, args: readonly string[]) {
    this.child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    for (const stream of [this.child.stdout!, this.child.stderr!]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text
        for (const look of this.#watchers) look()
      })
    }
    this.ended = once(this.child, 'close').then(([code, signal]) => ({ code, signal }))
    context.after(() => this.child.kill('SIGKILL'))
  }

  get output(): string {
    return this.#output
  }

  /** Waits until the output, both streams together, matches; rejects when the process ends before. */
  async line(pattern: RegExp): Promise<RegExpExecArray> {
    const found = new Promise<RegExpExecArray>((resolve) => {
      const look = () => {
        const match = pattern.exec(this.#output)
        if (!match) return
        this.#watchers.delete(look)
        resolve(match)
      }
      this.#watchers.add(look)
      look()
    })
    const ended = this.ended.then(() => {
      const match = pattern.exec(this.#output)
      if (match) return match
      throw new Error(`ended without ${pattern}:\n${this.#output}`)
    })
    return Promise.race([found, ended])
  }

  async kill(signal: NodeJS.Signals = 'SIGKILL') {
    this.child.kill(signal)
    return this.ended
  }
}

/** `labrador serve` on a store, answering. */
export async function startServe(context: TestContext, storePath: string, more: readonly string[] = []) {
  const args = ['serve', '--store', storePath, '--port', '0', '--workers', '1', '--budget', '60000', ...more]
  const command = new Command(context, args)
  const [, address] = await command.line(/Serving at (http:\S+)/)
  return { command, address: address! }
}
