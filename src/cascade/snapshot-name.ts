/** @file Names of snapshots: when they were made, so that they sort by time. */

/** `20261124-021530-123`. */
export function snapshotName(now: number): string {
  const [date, time] = new Date(now).toISOString().split('T') as [string, string]
  return `${date.replaceAll('-', '')}-${time.slice(0, 8).replaceAll(':', '')}-${time.slice(9, 12)}`
}
