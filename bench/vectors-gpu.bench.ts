/** @file Exhaustive search on a GPU: the whole table in its memory; the limit is its memory's bandwidth, measured by a copy. */

import { createRandom } from '../src/base/random.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'
import { BufferUsage, type GpuDevice, openGpu } from '../src/vectors/webgpu-device.ts'
import { WebGpuSearch } from '../src/vectors/webgpu-search.ts'
import { type Benchmark, medianSeconds } from './bench.ts'
import { unitVectors } from './unit-vectors.ts'

const DIM = 64
const BATCH = 64
const WANTED = 1000
const ROWS = 100_000_000
const QUICK_ROWS = 1_000_000
const CHUNK = 50_000
const COPY_BYTES = 2 ** 28

const benchmark: Benchmark = {
  summary: `Top-${WANTED} of a batch of ${BATCH} over int8 in the memory of a GPU; needs one.`,
  async run({ quick, note }) {
    const gpu = await openGpu().catch((error: Error) => {
      note(`There is no GPU here: ${error.message}. Nothing was measured.`)
      return null
    })
    if (!gpu) return []
    if (gpu.software) {
      note(`${gpu.name} is no GPU but the processor in its place. Nothing was measured.`)
      return []
    }
    const count = quick ? QUICK_ROWS : ROWS
    const table = new VectorTable({ dim: DIM, format: 'int8', metric: 'inner-product' })
    table.reserve(count)
    const random = createRandom(1)
    for (let done = 0; done < count; done += CHUNK) table.append(unitVectors(CHUNK, DIM, random))
    const search = await WebGpuSearch.open(table)
    try {
      const bandwidth = await copyBandwidth(gpu)
      const queries = unitVectors(BATCH, DIM, random)
      const request = { queries, k: WANTED }
      const batch = await medianSeconds(() => search.search(request), 11)
      const one = await medianSeconds(
        () => search.search({ queries: queries.subarray(0, DIM), k: WANTED }),
        11,
      )
      const bytes = table.memory.blocks * table.layout.blockBytes
      const read = (1000 * bytes) / bandwidth
      const rows = `${count / 1e6} M × ${DIM}`
      note(`${gpu.name}, ${(bandwidth / 1e9).toFixed(0)} GB/s by a copy, which reads and writes.`)
      return [
        { metric: `a batch of ${BATCH}, ${rows}`, value: batch * 1000, unit: 'ms', limit: read },
        { metric: `one query, ${rows}`, value: one * 1000, unit: 'ms', limit: read },
        { metric: 'operations of the batch', value: (2 * count * DIM * BATCH) / batch / 1e12, unit: 'TOP/s' },
      ]
    } finally {
      await search.close()
    }
  },
}

/** Bytes moved a second, read and written ones together. */
async function copyBandwidth({ device, bindingBytes }: GpuDevice): Promise<number> {
  const size = Math.min(COPY_BYTES, bindingBytes)
  const usage = BufferUsage.copySource | BufferUsage.copyTarget
  const buffers = [0, 1].map(() => device.createBuffer({ size, usage }))
  const copies = 20
  const seconds = await medianSeconds(async () => {
    const encoder = device.createCommandEncoder()
    for (let n = 0; n < copies; n++)
      encoder.copyBufferToBuffer(buffers[n % 2]!, 0, buffers[(n + 1) % 2]!, 0, size)
    device.queue.submit([encoder.finish()])
    await device.queue.onSubmittedWorkDone()
  })
  for (const buffer of buffers) buffer.destroy()
  return (2 * copies * size) / seconds
}

export default benchmark
