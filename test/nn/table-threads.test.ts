import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { createRandom } from '../../src/base/random.ts'
import { type Bags, EmbeddingTable } from '../../src/nn/embedding-table.ts'

const [ROWS, DIM, LENGTH] = [3000, 64, 25]
/** The second is small, the last makes every room grow: more than a million numbers are shared among threads. */
const BAGS = [800, 3, 1200]

function bagsOf(count: number, seed: number): Bags {
  const random = createRandom(seed)
  const ids = count * LENGTH
  return {
    // Few rows are most of what is asked for, as in life.
    ids: Uint32Array.from({ length: ids }, () => Math.floor(ROWS * random.float() ** 3)),
    offsets: Uint32Array.from({ length: count + 1 }, (_, bag) => bag * LENGTH),
    weights: Float32Array.from({ length: ids }, random.normal),
  }
}

const numbers = (count: number, seed: number) =>
  Float32Array.from({ length: count }, createRandom(seed).normal)

async function trained(optimiser: 'adagrad' | 'adam', threads: number) {
  const table = new EmbeddingTable(ROWS, DIM, { optimiser, seed: 1 })
  await table.useThreads(threads)
  const gathered: Float32Array[] = []
  BAGS.forEach((count, k) => {
    const bags = bagsOf(count, k)
    const [sums, rows] = [table.room('sums', count * DIM), new Float32Array(bags.ids.length * DIM)]
    table.gatherBags(bags, sums)
    gathered.push(sums.slice())
    table.gather(bags.ids, rows)
    gathered.push(rows)
    table.addBags(bags, numbers(count * DIM, 10 + k))
    table.add(bags.ids, numbers(bags.ids.length * DIM, 20 + k))
    table.update(0.1)
  })
  // Bits by name: comparing millions of numbers one by one would take the most time.
  const all = { values: table.values, ...table.states, ...Object.fromEntries(gathered.entries()) }
  return Object.entries(all).map(([name, values]) => [
    name,
    createHash('sha256').update(values).digest('hex'),
  ])
}

for (const optimiser of ['adagrad', 'adam'] as const)
  test(`any number of threads gathers, adds and updates by ${optimiser} to the same bits`, async () => {
    const alone = await trained(optimiser, 1)
    for (const threads of [2, 3]) assert.deepEqual(await trained(optimiser, threads), alone)
  })

test('gradients that wait while the threads change are not lost', async () => {
  const table = new EmbeddingTable(ROWS, DIM, { seed: 1 })
  const before = table.values.slice()
  const bags = bagsOf(BAGS[0]!, 1)
  await table.useThreads(2)
  table.addBags(bags, numbers(BAGS[0]! * DIM, 2))
  await table.useThreads(1)
  table.addBags(bags, numbers(BAGS[0]! * DIM, 3))
  table.update(0.1)
  const moved = new Set(bags.ids)
  for (const row of moved) assert.notEqual(table.values[row * DIM], before[row * DIM], `row ${row}`)
})
