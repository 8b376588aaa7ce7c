/** @file How long answered requests are kept: the old ones are removed a few at a time, between the writes of those who wait. */

import { InvalidOptionError } from '../base/errors.ts'
import type { StoreLog } from './store-log.ts'

export interface Retention {
  /** Days; 0 = for ever. */
  requestDays: number
  /** Days that a request is kept which showed somebody an arm of an experiment; as long as others at least, 0 = for ever. */
  exposureDays: number
}

/** A quarter is more than rankers and counters learn from; a year of exposures outlives the longest experiments. */
export const retentionDefaults: Retention = { requestDays: 90, exposureDays: 365 }

const DAY_MS = 24 * 60 * 60 * 1000
const SWEEP_MS = 60 * 60 * 1000
/** Requests of one transaction: some milliseconds that a write may have to wait. */
const BATCH = 50

/** @throws InvalidOptionError when exposures were to go before other requests */
export function requireRetention({ requestDays, exposureDays }: Retention): void {
  if (exposureDays !== 0 && (requestDays === 0 || exposureDays < requestDays)) {
    const expected = requestDays === 0 ? '0, as long as requests are kept' : `0, or ${requestDays} at least`
    throw new InvalidOptionError('keep-exposures', exposureDays, expected)
  }
}

/** Removes all that is older, batch by batch. */
export async function removeOldRequests(
  log: Pick<StoreLog, 'removeOldRequests'>,
  { requestDays, exposureDays }: Retention,
  now: number,
  isStopped: () => boolean = () => false,
): Promise<number> {
  const since = (days: number) => (days === 0 ? 0 : now - days * DAY_MS)
  const ages = { before: since(requestDays), exposedBefore: since(exposureDays) }
  let removed = 0
  while (!isStopped()) {
    const count = await log.removeOldRequests(ages, BATCH)
    removed += count
    if (count < BATCH) break
  }
  return removed
}

/** Does so now and every hour. */
export function keepLogShort(
  log: Pick<StoreLog, 'removeOldRequests'>,
  retention: Retention,
  now: () => number,
  onError: (error: Error) => void,
): { stop(): void } {
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  const sweep = async () => {
    // A store that is locked for long is tried again with the next sweep.
    await removeOldRequests(log, retention, now(), () => stopped).catch(onError)
    if (!stopped) timer = setTimeout(sweep, SWEEP_MS).unref()
  }
  if (retention.requestDays > 0) void sweep()
  return {
    stop() {
      stopped = true
      clearTimeout(timer)
    },
  }
}
