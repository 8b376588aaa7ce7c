/** @file Trains a network: epochs over a source of batches, with tables outside the graph, checkpoints and early stopping. */

import type { Progress } from '../base/progress.ts'
import type { Batch } from './batch.ts'
import { type BatchSource, inAdvance, type TrainBatch } from './batches.ts'
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { EmbeddingTable } from './embedding-table.ts'
import { constantRate, type Schedule } from './schedule.ts'
import { TableFill, type TableInput } from './table-fill.ts'
import type { Tensor } from './tensor.ts'
import { TrainStep, type TrainStepOptions } from './train-step.ts'
import type { Weights } from './weights.ts'

export interface TrainerOptions extends Omit<TrainStepOptions, 'rows'> {
  rate: number
  /** Of the tables; that of the parameters when left out. */
  tableRate?: number
  schedule?: Schedule
  tables?: readonly TableInput[]
}

export interface FitOptions {
  epochs: number
  progress: Progress
  /** What the progress says. */
  title?: string
  /** Batches made before they are needed. */
  ahead?: number
  /** Higher is better; asked after each epoch. */
  evaluate?(weights: Weights, epoch: number): Promise<number> | number
  /** Epochs without a better value before it stops; the weights of the best one come back. */
  patience?: number
  /** A file that is written every so many batches, and read at the start when it is there. */
  checkpoint?: { path: string; every: number }
}

export interface FitReport {
  epochs: number
  batches: number
  /** Mean loss of each epoch; of an epoch that was taken up again, of its later part. */
  losses: number[]
  /** What `evaluate` said. */
  values: number[]
  best: number
}

const AHEAD = 4

export class Trainer {
  readonly #step: TrainStep
  readonly #options: TrainerOptions
  readonly #fills: TableFill[]

  private constructor(step: TrainStep, options: TrainerOptions) {
    this.#step = step
    this.#options = options
    const { tables = [] } = options
    this.#fills = tables.map((table) => new TableFill(table))
  }

  /** @param loss a scalar, the mean over a batch */
  static async open(loss: Tensor, options: TrainerOptions): Promise<Trainer> {
    const rows = (options.tables ?? []).map(({ input }) => input)
    return new Trainer(await TrainStep.open(loss, { ...options, rows }), options)
  }

  get weights(): Weights {
    return this.#step.weights
  }

  get batches(): number {
    return this.#step.batches
  }

  /** @returns the loss before the step */
  async step(batch: TrainBatch): Promise<number> {
    const arrays: Record<string, unknown> = { ...batch }
    for (const fill of this.#fills) arrays[fill.name] = fill.gather(batch)
    const { rate, tableRate = rate, schedule = constantRate } = this.#options
    const factor = schedule(this.#step.steps + 1)
    const { loss, rows } = await this.#step.run(arrays as Batch, rate * factor)
    for (const fill of this.#fills) fill.apply(batch, rows[fill.name]!, tableRate * factor)
    return loss
  }

  /** Runs all epochs, or goes on with those that a checkpoint had not finished. */
  async fit(source: BatchSource, options: FitOptions): Promise<FitReport> {
    const { epochs, progress, title = 'Training', ahead = AHEAD, patience, checkpoint, evaluate } = options
    if (checkpoint) await this.#resume(checkpoint.path)
    const first = this.#step.batches
    const training = progress.start(title, epochs * source.count)
    const report: FitReport = { epochs: 0, batches: 0, losses: [], values: [], best: -1 }
    let best: Weights | null = null
    try {
      for (let epoch = Math.floor(first / source.count); epoch < epochs; epoch++) {
        const from = Math.max(0, first - epoch * source.count)
        let total = 0
        for await (const batch of inAdvance(source, epoch, from, ahead)) {
          total += await this.step(batch)
          training.update(this.#step.batches)
          if (checkpoint && this.#step.batches % checkpoint.every === 0) await this.save(checkpoint.path)
        }
        report.losses.push(total / Math.max(1, source.count - from))
        report.epochs = epoch + 1
        if (!evaluate) continue
        report.values.push(await evaluate(this.weights, epoch))
        const at = report.values.length - 1
        if (report.best < 0 || report.values[at]! > report.values[report.best]!) {
          report.best = at
          best = this.#copy()
        } else if (patience !== undefined && at - report.best >= patience) break
      }
    } finally {
      training.end()
    }
    if (best) this.#restore(this.#step.batches, best)
    report.batches = this.#step.batches - first
    return report
  }

  save(path: string): Promise<void> {
    return writeCheckpoint(path, { batches: this.#step.batches, state: this.#state() })
  }

  async #resume(path: string): Promise<void> {
    const found = await readCheckpoint(path)
    if (found) this.#restore(found.batches, found.state)
  }

  #restore(batches: number, state: Weights): void {
    this.#step.restore(batches, state)
    for (const [name, values] of this.#state()) {
      const saved = state.get(name)
      if (saved && saved !== values) values.set(saved)
    }
  }

  /** Parameters, optimiser and tables, by name. */
  #state(): Weights {
    const state: Weights = new Map(this.#step.state)
    const seen = new Set<EmbeddingTable>()
    for (const { name, table } of this.#fills) {
      if (seen.has(table)) continue
      seen.add(table)
      state.set(`table/${name}`, table.values)
      for (const [kind, values] of Object.entries(table.states)) state.set(`table/${name}/${kind}`, values)
    }
    return state
  }

  #copy(): Weights {
    return new Map(Array.from(this.#state(), ([name, values]) => [name, values.slice()]))
  }

  close(): Promise<void> {
    return this.#step.close()
  }
}
