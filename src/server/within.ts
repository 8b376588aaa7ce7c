/** @file A promise for which nobody waits longer than so long. */

/** @returns what the work comes to, or null when it takes longer; it goes on then, and its end is nobody's business */
export function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => resolve(null), ms)
    work.finally(() => clearTimeout(late)).then(resolve, reject)
  })
}
