/**
 * @file A network of your own, from layers to recommendations: a transformer over the last episodes that somebody watched
 * says which comes next. The very last one does not tell: some watch every episode, others every second one.
 *
 *   node examples/own-network.ts
 *
 * In a project of your own, import from 'labrador' and 'labrador/nn'.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isMainThread } from 'node:worker_threads'
import { z } from 'zod'
import * as labrador from '../src/index.ts'
import * as nn from '../src/nn/index.ts'

const [LAST, DIM] = [4, 16]
const nextEpisode: labrador.SourceDefinition<{ steps: number }> = {
  name: 'next-episode',
  summary: 'Episodes that a transformer expects after the last ones.',
  surfaces: ['related', 'home'],
  options: z.strictObject({ steps: z.number().int().min(1).default(600) }),
  async fit({ dataset: { catalog, users, interactions }, threads, seed, progress }, { steps }) {
    // An example is an episode and those before it; where there were none stands the number after all items.
    const items = catalog.items.ids.length
    const before = Array.from({ length: users.users.ids.length }, () => Array<number>(LAST).fill(items))
    const examples = Array.from(interactions.item, (target, k) => {
      const seen = before[interactions.user[k]!]!
      return { target, last: seen.splice(0, LAST, ...seen.slice(1), target) }
    })

    // Layers, and the loss: the next episode of each against those of the others in the batch.
    const row = nn.embedding('items', items + 1, DIM)
    const place = nn.parameter('place', [LAST, DIM], nn.normal(0.2))
    const block = nn.transformerBlock('block', { heads: 2 })
    const seen = block(nn.add(row(nn.input('last', ['batch', LAST], 'int32')), place))
    const user = nn.reshape(nn.slice(seen, 1, LAST - 1, LAST), ['batch', DIM])
    const loss = nn.sampledSoftmax(user, { vectors: row(nn.input('target', ['batch'], 'int32')) })

    const trainer = await nn.Trainer.open(loss, { optimiser: nn.adamW(), rate: 0.01, threads, seed })
    const batch = (_: number, step: number) => {
      const random = nn.createRandom(seed, step)
      const drawn = Array.from({ length: 64 }, () => examples[random.below(examples.length)]!)
      const target = Int32Array.from(drawn, (one) => one.target)
      return { last: Int32Array.from(drawn.flatMap((one) => one.last)), target }
    }
    await trainer.fit({ count: steps, batch }, { epochs: 1, progress })

    // What serves is an ordinary ONNX file; it goes into the snapshot.
    const all = row(nn.cast(nn.subtract(nn.counted(items), 1), 'int32'))
    const file = join(tmpdir(), `next-episode-${process.pid}.onnx`)
    await nn.exportModel(file, { scores: nn.matmul(user, all, { right: true }) }, trainer.weights)
    const model = new Uint8Array(await readFile(file))
    await Promise.all([trainer.close(), rm(file)])
    return { arrays: { model }, meta: { items } }
  },
  open({ arrays, meta }) {
    const items = meta.items as number
    const inputs = { last: { type: 'int32', shape: ['batch', LAST] } } as const
    const outputs = { scores: { shape: ['batch', items] } }
    const model = new nn.BlockingModel(arrays.model as Uint8Array, { inputs, outputs })
    const propose = (request: labrador.ResolvedRequest, limit: number) => {
      const known = request.items.filter((item) => item < items)
      const last = Int32Array.from([...Array<number>(LAST).fill(items), ...known].slice(-LAST))
      const scores = model.run({ last }, 1).scores as Float32Array
      const unseen = Uint32Array.from(scores.keys()).filter((item) => !known.includes(item))
      const left = Float32Array.from(unseen, (item) => scores[item]!)
      return labrador.bestCandidates(unseen, left, limit)
    }
    return { name: 'next-episode', propose }
  },
}
labrador.registerSource(nextEpisode, import.meta.url)
// Threads that fit and serve load this file for its source; the rest is for the program itself.
if (isMainThread) {
  const folder = await mkdtemp(join(tmpdir(), 'labrador-example-'))
  const store = labrador.openStore(join(folder, 'store.db'))
  const watch = (user: string, series: number, episodes: number[], day: number) =>
    episodes.map((episode, k): labrador.EventRecord => {
      const [item, time] = [`series ${series}, ${episode}`, Date.UTC(2026, 0, day, k)]
      return { id: user + item, user, item, time, kind: 'view', value: null, session: null, context: null }
    })
  for (let viewer = 0; viewer < 576; viewer++) {
    const run = [1, 2, 3, 4, 5].map((k) => (Math.floor(viewer / 24) % 6) + k * (1 + (viewer % 2)))
    store.appendEvents(watch(`viewer ${viewer}`, Math.floor(viewer / 2) % 12, run, viewer / 24))
  }
  await labrador.fit(store, { sources: ['next-episode'], threads: 1 })
  const server = await labrador.serve(store.path, { workers: 1 })
  for (const episodes of ['456', '246']) {
    const seen = watch(`fan of ${episodes}`, 7, Array.from(episodes, Number), 40)
    await server.recommender.recordEvents(seen)
    const { items } = await server.recommender.home(seen[0]!.user, { limit: 1 })
    console.log(`After ${seen.map(({ item }) => item).join('; ')} comes ${items[0]?.id}`)
  }
  await server.close()
  store.close()
  await rm(folder, { recursive: true })
}
