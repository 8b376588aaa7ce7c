/** @file The load generator of the HTTP benchmark: a thread that sends requests at their times over kept-alive connections. */

import { Agent, get } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parentPort, workerData } from 'node:worker_threads'

export interface LoadPlan {
  address: string
  /** Asked for one after the other, from the start again when they are used up. */
  items: string[]
  /** Requests per second. */
  rate: number
  seconds: number
}

export interface LoadResult {
  /** Milliseconds from the planned start to the last byte, of the requests that were answered, ascending. */
  latencies: number[]
  failed: number
  /** Turned away with 503. */
  shed: number
  /** Answered without some source. */
  incomplete: number
  wallSeconds: number
}

const CONNECTIONS = 256

async function run({ address, items, rate, seconds }: LoadPlan): Promise<LoadResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
  const result: LoadResult = { latencies: [], failed: 0, shed: 0, incomplete: 0, wallSeconds: 0 }
  const count = Math.round(rate * seconds)
  const start = performance.now()
  const answers: Promise<void>[] = []
  for (let k = 0; k < count; k++) {
    const planned = start + (k * 1000) / rate
    const wait = planned - performance.now()
    if (wait > 1) await sleep(wait)
    answers.push(
      ask(
        `${address}/api/v1/items/${encodeURIComponent(items[k % items.length]!)}/related`,
        agent,
        planned,
        result,
      ),
    )
  }
  await Promise.all(answers)
  result.wallSeconds = (performance.now() - start) / 1000
  result.latencies.sort((a, b) => a - b)
  agent.destroy()
  return result
}

function ask(url: string, agent: Agent, planned: number, result: LoadResult): Promise<void> {
  return new Promise((resolve) => {
    const request = get(url, { agent }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => {
        text += part
      })
      response.once('end', () => {
        if (response.statusCode === 503) result.shed++
        else if (response.statusCode !== 200) result.failed++
        else {
          result.latencies.push(performance.now() - planned)
          if (!text.includes('"missing":[]')) result.incomplete++
        }
        resolve()
      })
    })
    request.once('error', () => {
      result.failed++
      resolve()
    })
  })
}

parentPort!.postMessage(await run(workerData as LoadPlan))
