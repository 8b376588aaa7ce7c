/** @file Table files with flipped, cut, repeated and overwritten bytes: each is refused with a reason, or loads and searches. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import { LabradorError } from '../src/base/errors.ts'
import { createRandom, type Random } from '../src/base/random.ts'
import { LocalSearch } from '../src/vectors/local-search.ts'
import { loadTable, saveTable } from '../src/vectors/table-file.ts'
import { FORMATS, METRICS } from '../src/vectors/table-layout.ts'
import { VectorTable } from '../src/vectors/vector-table.ts'
import type { Benchmark } from './bench.ts'
import { unitVectors } from './unit-vectors.ts'

const SECONDS = 600
const QUICK_SECONDS = 20
const TRAILER_BYTES = 8
const PREFIX_BYTES = 16
/** Numbers that loaders trip over: ends of ranges, NaN, infinity. */
const EVIL = [0, 1, 0x7f, 0x80, 0xff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff, 0x7f800000, 0x7fc00000]

const benchmark: Benchmark = {
  summary: 'Mutated table files for ten minutes: none may crash the process, hang, or fail without a reason.',
  async run({ quick, note }) {
    const folder = await mkdtemp(join(tmpdir(), 'labrador-fuzz-'))
    const seed = Date.now() >>> 0
    const random = createRandom(seed)
    try {
      const files = await sampleFiles(folder)
      const path = join(folder, 'mutated')
      const reasons = new Map<string, number>()
      let tried = 0
      let loaded = 0
      const end = performance.now() + (quick ? QUICK_SECONDS : SECONDS) * 1000
      while (performance.now() < end) {
        const bytes = mutated(files[random.below(files.length)]!, random)
        await writeFile(path, bytes)
        tried++
        try {
          const table = await loadTable(path)
          loaded++
          searchAll(table, random)
        } catch (error) {
          if (!(error instanceof LabradorError)) {
            const kept = join(tmpdir(), `labrador-fuzz-${seed}-${tried}`)
            await writeFile(kept, bytes)
            note(`A failure without a reason, kept as ${kept}`)
            throw error
          }
          reasons.set(error.code, (reasons.get(error.code) ?? 0) + 1)
        }
      }
      note(
        `Seed ${seed}; refused: ${[...reasons].map(([code, count]) => `${count} × ${code}`).join(', ') || 'none'}.`,
      )
      return [
        { metric: 'mutated files', value: tried, unit: 'files' },
        { metric: 'of them loaded and searched', value: loaded, unit: 'files' },
        { metric: 'failures without a reason', value: 0, unit: 'files' },
      ]
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
}

/** One small table of each format and metric, with attributes. */
async function sampleFiles(folder: string): Promise<Uint8Array[]> {
  const files: Uint8Array[] = []
  const random = createRandom(1)
  for (const format of FORMATS)
    for (const metric of METRICS) {
      const table = new VectorTable({
        dim: 20,
        format,
        metric,
        attributes: { colour: { kind: 'category', values: ['red', 'blue'] }, price: { kind: 'number' } },
      })
      table.append(unitVectors(150, 20, random), (n) => ({ colour: n % 2 ? ['red'] : ['blue'], price: n }))
      for (let row = 0; row < 150; row += 7) table.delete(row)
      const path = join(folder, `${format}-${metric}`)
      await saveTable(table, path)
      files.push(new Uint8Array(await readFile(path)))
    }
  return files
}

function mutated(file: Uint8Array, random: Random): Uint8Array {
  let bytes = Uint8Array.from(file)
  for (let turn = 1 + random.below(4); turn > 0 && bytes.length > 0; turn--) {
    // Headers decide most: half of the changes go there.
    const at = random.below(random.float() < 0.5 ? Math.min(400, bytes.length) : bytes.length)
    switch (random.below(6)) {
      case 0:
        bytes[at] ^= 1 << random.below(8)
        break
      case 1:
        bytes[at] = random.below(256)
        break
      case 2:
        bytes = bytes.slice(0, at)
        break
      case 3: {
        const value = EVIL[random.below(EVIL.length)]!
        for (let n = 0; n < 4 && at + n < bytes.length; n++) bytes[at + n] = value >>> (8 * n)
        break
      }
      case 4: {
        // A digit of the header's numbers becomes another one, or several.
        for (let n = at; n < Math.min(bytes.length, at + 40); n++)
          if (bytes[n]! >= 48 && bytes[n]! <= 57) bytes[n] = 48 + random.below(10)
        break
      }
      default: {
        const part = bytes.slice(at, at + random.below(200))
        const to = random.below(bytes.length)
        bytes.set(part.subarray(0, bytes.length - to), to)
      }
    }
  }
  // Wrong checksums stop nearly everything: most files get right ones, so that what lies behind is tried.
  return random.float() < 0.8 ? withChecksums(bytes) : bytes
}

/** Rewrites both checksums, see `table-file.ts`. */
function withChecksums(bytes: Uint8Array): Uint8Array {
  if (bytes.length < PREFIX_BYTES + TRAILER_BYTES) return bytes
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const headerEnd = PREFIX_BYTES + view.getUint32(8, true)
  if (headerEnd > bytes.length - TRAILER_BYTES) return bytes
  view.setUint32(12, crc32(bytes.subarray(PREFIX_BYTES, headerEnd)), true)
  const blocksAt = Math.ceil(headerEnd / 64) * 64
  const trailer = bytes.length - TRAILER_BYTES
  if (blocksAt <= trailer) view.setUint32(trailer, crc32(bytes.subarray(blocksAt, trailer)), true)
  return bytes
}

/** With every kernel that runs here: what was let in must not break them. */
function searchAll(table: VectorTable, random: Random): void {
  const { dim } = table.shape
  if (dim > 4096) return
  for (const kernel of [undefined, 'wasm', 'reference'] as const) {
    const search = new LocalSearch(table, kernel)
    search.search({ queries: unitVectors(2, dim, random), k: 10 })
    search.close()
  }
}

export default benchmark
