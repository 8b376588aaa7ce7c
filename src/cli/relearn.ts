/** @file Learns anew in a process of its own, beside a server that follows the active snapshot. */

import { spawn } from 'node:child_process'
import { constants, setPriority } from 'node:os'

/**
 * What a demo measures with is learned without the test period, and so is a little out of date. The page is up at once with
 * that; a snapshot learned from all events takes its place when it is ready.
 */
export function relearnBeside(storePath: string, seed: number): void {
  const [labrador] = process.argv.slice(1)
  const given = [
    'fit',
    '--store',
    storePath,
    '--seed',
    String(seed),
    '--threads',
    '1',
    '--keep',
    '2',
    '--quiet',
  ]
  const child = spawn(process.execPath, [labrador!, ...given], { stdio: ['ignore', 'ignore', 'inherit'] })
  child.once('error', ({ message }) => console.error(`labrador: cannot learn from all events: ${message}`))
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_LOW)
  process.once('exit', () => child.kill())
  child.once('exit', (code, signal) => {
    if (code !== 0) {
      const how = signal ?? `status ${code}`
      console.error(`labrador: learning from all events ended with ${how}: the page goes on with what it has`)
    } else console.log('Learned from all events now: the page shows it with the next request.')
  })
  console.log('Learning from all events, the test period too, in the background: the page follows by itself.')
}
