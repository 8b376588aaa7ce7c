/** @file Trains a network: epochs over a source of batches, with tables outside the graph, checkpoints and early stopping. */

import { DamagedArtefactError } from '../base/errors.ts'
import type { Progress } from '../base/progress.ts'
import type { Batch } from './batch.ts'
import { type BatchSource, inAdvance, type TrainBatch } from './batches.ts'
import { type Checkpoint, type Journal, readCheckpoint, writeCheckpoint } from './checkpoint.ts'
import type { EmbeddingTable } from './embedding-table.ts'
import { ShapeError } from './errors.ts'
import type { BatchSampler } from './sampling/batch-sampler.ts'
import { constantRate, type Schedule } from './schedule.ts'
import { TableFill, type TableInput } from './table-fill.ts'
import { INSIDE, type Tensor } from './tensor.ts'
import { SCALE, type StepResult, TrainStep, type TrainStepOptions } from './train-step.ts'
import type { Weights } from './weights.ts'

export interface TrainerOptions extends Omit<TrainStepOptions, 'rows'> {
  rate: number
  /** Of the tables; that of the parameters when left out. */
  tableRate?: number
  schedule?: Schedule
  tables?: readonly TableInput[]
  /** What batches get besides what their source made. */
  samplers?: readonly BatchSampler[]
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
  /** A file that is written at the update after every so many batches, and read at the start when it is there. */
  checkpoint?: { path: string; every: number }
}

export interface FitReport {
  epochs: number
  /** Done by this call. */
  batches: number
  /** Updates that were left out so far, because gradients were too large for float16: none but in mixed precision. */
  skipped: number
  /** Mean loss of each epoch. */
  losses: number[]
  /** What `evaluate` said. */
  values: number[]
  /** Epoch of the best value; −1 when nothing was asked. */
  best: number
}

const AHEAD = 4
/** Before the names of tables in a state, where no parameter can be. */
const TABLE = `${INSIDE}table/`

export class Trainer {
  readonly #step: TrainStep
  readonly #options: TrainerOptions
  readonly #fills: TableFill[]
  /** Each once, by the name of the first input that it fills. */
  readonly #tables = new Map<string, EmbeddingTable>()

  private constructor(step: TrainStep, options: TrainerOptions) {
    this.#step = step
    this.#options = options
    const { tables = [] } = options
    this.#fills = tables.map((table) => new TableFill(table))
    for (const { name, table } of this.#fills)
      if (![...this.#tables.values()].includes(table)) this.#tables.set(name, table)
  }

  /** @param loss a scalar, the mean over a batch */
  static async open(loss: Tensor, options: TrainerOptions): Promise<Trainer> {
    const rows = (options.tables ?? []).map(({ input }) => input)
    const trainer = new Trainer(await TrainStep.open(loss, { ...options, rows }), options)
    await trainer.#useThreads(options.threads ?? 1)
    return trainer
  }

  get weights(): Weights {
    return this.#step.weights
  }

  get batches(): number {
    return this.#step.batches
  }

  /** @returns the loss before the step */
  async step(batch: TrainBatch): Promise<number> {
    return (await this.#run(batch)).loss
  }

  async #run(made: TrainBatch): Promise<StepResult> {
    const batch = this.#sampled(made)
    const arrays: Record<string, unknown> = { ...batch }
    for (const fill of this.#fills) arrays[fill.name] = fill.gather(batch)
    const { rate, tableRate = rate, schedule = constantRate, accumulate = 1 } = this.#options
    const factor = schedule(this.#step.steps + 1)
    const result = await this.#step.run(arrays as Batch, rate * factor)
    for (const fill of this.#fills) fill.add(batch, result.rows[fill.name]!)
    if (this.#step.batches % accumulate === 0)
      for (const table of this.#tables.values())
        if (result.isSkipped) table.forget()
        else table.update(tableRate * factor)
    return result
  }

  #sampled(made: TrainBatch): TrainBatch {
    const batch = { ...made }
    for (const sampler of this.#options.samplers ?? [])
      Object.assign(batch, sampler.sample(batch, this.batches))
    return batch
  }

  /**
   * Runs all epochs, or goes on with those that a checkpoint had not finished.
   *
   * @throws DamagedArtefactError when the checkpoint is not one of this network
   */
  async fit(source: BatchSource, options: FitOptions): Promise<FitReport> {
    const { epochs, progress, title = 'Training', ahead = AHEAD, patience, checkpoint, evaluate } = options
    const found = checkpoint ? await this.#resume(checkpoint.path, source) : null
    const journal: Journal = found?.journal ?? { losses: [], values: [], best: -1, total: 0 }
    let best = found?.best ?? null
    const first = this.#step.batches
    const training = progress.start(title, epochs * source.count)
    const counts = { examples: 0, GFLOP: 0 }
    const hasPatience = () => patience === undefined || journal.values.length - 1 - journal.best < patience
    try {
      // An epoch counts once it is written down: one that was stopped just before has no batches left.
      for (let epoch = journal.losses.length; epoch < epochs && hasPatience(); epoch++) {
        const from = this.#step.batches - epoch * source.count
        for await (const batch of inAdvance(source, epoch, from, ahead)) {
          const { loss, examples, flops } = await this.#run(batch)
          journal.total += loss
          counts.examples += examples
          counts.GFLOP += flops / 1e9
          const meanLoss = journal.total / (this.#step.batches - epoch * source.count)
          training.update(this.#step.batches, { figures: { loss: meanLoss }, counts })
          if (checkpoint && this.#isDue(checkpoint.every))
            await this.#save(checkpoint.path, { journal, best, source: source.state })
        }
        if (evaluate) {
          const value = await evaluate(this.weights, epoch)
          const most = journal.values[journal.best] ?? Number.NaN
          journal.values.push(value)
          if (Number.isNaN(most) || value > most) {
            journal.best = journal.values.length - 1
            best = this.#copy()
          }
        }
        journal.losses.push(journal.total / source.count)
        journal.total = 0
      }
    } finally {
      training.end()
    }
    if (best) this.#restoreBest(best)
    const { losses, values } = journal
    const batches = this.#step.batches - first
    const { skipped } = this.#step
    return { epochs: losses.length, batches, skipped, losses, values, best: journal.best }
  }

  /** After an update: gradients that wait for one are not saved. */
  #isDue(every: number): boolean {
    const { accumulate = 1 } = this.#options
    const { batches } = this.#step
    return (
      batches % accumulate === 0 && Math.floor(batches / every) > Math.floor((batches - accumulate) / every)
    )
  }

  #save(path: string, rest: Pick<Checkpoint, 'journal' | 'best' | 'source'>): Promise<void> {
    const [state, samplers] = [this.#state(), this.#samplerState()]
    return writeCheckpoint(path, { batches: this.#step.batches, state, samplers, ...rest })
  }

  async #resume(path: string, source: BatchSource): Promise<Checkpoint | null> {
    const found = await readCheckpoint(path)
    if (!found) return null
    try {
      const samplers = this.#samplerState()
      checkLengths(samplers, found.samplers)
      this.#restore(found.batches, found.state)
      for (const [name, values] of samplers) values.set(found.samplers.get(name)!)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      throw new DamagedArtefactError(path, error.message, 'it is of another network: delete it to begin anew')
    }
    if (found.source !== undefined) source.resume?.(found.source)
    return found
  }

  /** @throws ShapeError when the state does not fit: then nothing changes */
  #restore(batches: number, state: Weights): void {
    const tables = new Map(this.#tableState())
    checkLengths(tables, state)
    this.#step.restore(batches, state)
    for (const [name, values] of tables) values.set(state.get(name)!)
  }

  /** What was learned then; how far the training is stays. */
  #restoreBest(best: Weights): void {
    const scale = this.#step.state.get(SCALE)
    this.#restore(this.#step.batches, scale ? new Map([...best, [SCALE, scale]]) : best)
  }

  /** Parameters, optimiser and tables, by name. */
  #state(): Weights {
    return new Map([...this.#step.state, ...this.#tableState()])
  }

  *#tableState(): Generator<[string, Float32Array]> {
    for (const [name, table] of this.#tables) {
      yield [`${TABLE}${name}`, table.values]
      for (const [kind, values] of Object.entries(table.states)) yield [`${TABLE}${name}/${kind}`, values]
    }
  }

  /** Numbered, since two samplers may name theirs alike. */
  #samplerState(): Map<string, Float64Array> {
    const { samplers = [] } = this.#options
    return new Map(
      samplers.flatMap(({ state = {} }, number) =>
        Object.entries(state).map(([name, values]) => [`${number}/${name}`, values] as const),
      ),
    )
  }

  #copy(): Weights {
    return new Map(Array.from(this.#state(), ([name, values]) => [name, values.slice()]))
  }

  async #useThreads(threads: number): Promise<void> {
    await Promise.all([...this.#tables.values()].map((table) => table.useThreads(threads)))
  }

  async close(): Promise<void> {
    await this.#useThreads(1)
    await this.#step.close()
  }
}

/** @throws ShapeError */
function checkLengths(
  wanted: ReadonlyMap<string, ArrayLike<number>>,
  given: ReadonlyMap<string, ArrayLike<number>>,
): void {
  for (const [name, { length }] of wanted)
    if (given.get(name)?.length !== length)
      throw new ShapeError(`${name} [${length}]`, 'the state to go on from has no such values')
}
