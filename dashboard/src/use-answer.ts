/** @file A request to the server as a state: loading, failed with a way to try again, or there. */

import { useEffect, useState } from 'preact/hooks'

export type Answer<T> =
  | { state: 'loading' }
  | { state: 'failed'; message: string; retry: () => void }
  | { state: 'there'; value: T }

/** Asks whenever `key` changes; an answer that comes after the next question is dropped. */
export function useAnswer<T>(key: string, ask: () => Promise<T>, onAnswer?: (value: T) => void): Answer<T> {
  const [answer, setAnswer] = useState<Answer<T>>({ state: 'loading' })
  const [tries, setTries] = useState(0)
  // `key` stands for everything that `ask` depends on.
  useEffect(() => {
    let current = true
    setAnswer({ state: 'loading' })
    ask().then(
      (value) => {
        if (!current) return
        setAnswer({ state: 'there', value })
        onAnswer?.(value)
      },
      (error: Error) => {
        if (current)
          setAnswer({ state: 'failed', message: error.message, retry: () => setTries((n) => n + 1) })
      },
    )
    return () => {
      current = false
    }
  }, [key, tries])
  return answer
}
