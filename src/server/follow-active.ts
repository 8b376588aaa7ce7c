/** @file Looks which snapshot is the active one, and lets it serve when it is another than the one that serves. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { activeSnapshot } from '../cascade/snapshot.ts'
import type { Serving } from './serving.ts'

export interface FollowOptions {
  snapshotFolder: string
  /** Milliseconds between two looks; 0 = only when asked. */
  everyMs: number
  onChanged(from: string, to: string): void
  onRefused(snapshot: string, reason: string): void
}

export interface Follower {
  /** Looks now; resolves when what is active serves, or was refused. */
  look(): Promise<void>
  stop(): Promise<void>
}

export function followActive(serving: Serving, options: FollowOptions): Follower {
  const { snapshotFolder, everyMs, onChanged, onRefused } = options
  /** What was refused is tried again when it is activated again, not at every look. */
  let refused = ''
  let looking: Promise<void> | null = null
  let timer: NodeJS.Timeout | undefined
  let stopped = false

  async function look(): Promise<void> {
    const name = await activeSnapshot(snapshotFolder)
    const from = serving.name
    if (name === from) {
      refused = ''
      serving.forgetRefused()
      return
    }
    const { mtimeMs } = await stat(join(snapshotFolder, 'current'))
    const activation = `${name} ${mtimeMs}`
    if (activation === refused) return
    if (await serving.change(name)) onChanged(from, name)
    else {
      refused = activation
      onRefused(name, serving.refused!.reason)
    }
  }

  const lookOnce = (): Promise<void> => {
    looking ??= look().finally(() => {
      looking = null
    })
    return looking
  }
  const again = () => {
    if (everyMs === 0 || stopped) return
    timer = setTimeout(() => {
      // A folder that cannot be read for a moment changes nothing.
      lookOnce()
        .catch(() => {})
        .finally(again)
    }, everyMs)
    timer.unref()
  }
  again()
  return {
    look: lookOnce,
    async stop() {
      stopped = true
      clearTimeout(timer)
      await looking?.catch(() => {})
    },
  }
}
