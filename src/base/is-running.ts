/** @file Whether the process that left something behind is still at work on it. */

/** @param id number of a process on this machine */
export function isRunning(id: number): boolean {
  try {
    process.kill(id, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
