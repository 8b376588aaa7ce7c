/** @file Prometheus metrics of a server: requests, stages, sources, and the process itself. */

import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Recommendations } from '../cascade/recommender.ts'
import type { WriteCount } from '../store/store.ts'

const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]

export interface ServerMetrics {
  readonly registry: Registry
  readonly requests: Histogram<'route' | 'status'>
  /** Counts what a cascade did. */
  observe(result: Recommendations): void
  /** Counts events that are on disk. */
  observeEvents(count: WriteCount): void
}

/** @param waiting how many tasks the workers hold right now */
export function createMetrics(waiting: () => number): ServerMetrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const requests = new Histogram({
    name: 'labrador_request_seconds',
    help: 'Time from request to answer.',
    labelNames: ['route', 'status'] as const,
    buckets: SECONDS,
    registers,
  })
  const stages = new Histogram({
    name: 'labrador_stage_seconds',
    help: 'Time of one stage of a cascade.',
    labelNames: ['surface', 'stage'] as const,
    buckets: SECONDS,
    registers,
  })
  const shown = new Counter({
    name: 'labrador_recommended_items_total',
    help: 'Items recommended, by each source that proposed them.',
    labelNames: ['surface', 'source'] as const,
    registers,
  })
  const missing = new Counter({
    name: 'labrador_missing_sources_total',
    help: 'Sources that missed the budget or failed.',
    labelNames: ['surface', 'source'] as const,
    registers,
  })
  const events = new Counter({
    name: 'labrador_events_total',
    help: 'Events acknowledged: added to the log, or known to it already.',
    labelNames: ['outcome'] as const,
    registers,
  })
  new Gauge({
    name: 'labrador_waiting_tasks',
    help: 'Tasks that the workers hold.',
    registers,
    collect() {
      this.set(waiting())
    },
  })
  return {
    registry,
    requests,
    observe(result) {
      const { surface } = result
      for (const { stage, ms } of result.trace) stages.observe({ surface, stage }, ms / 1000)
      for (const { sources } of result.items) for (const source of sources) shown.inc({ surface, source })
      for (const { source } of result.missing) missing.inc({ surface, source })
    },
    observeEvents({ added, repeated }) {
      events.inc({ outcome: 'added' }, added)
      events.inc({ outcome: 'repeated' }, repeated)
    },
  }
}
