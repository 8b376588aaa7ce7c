/**
 * @file How often keys came by, in fixed memory and never too low (Cormode and Muthukrishnan 2005, with conservative
 * update), forgetting by halves (Einziger, Friedman and Manes 2017, "TinyLFU").
 */

/** Hash functions, and cells each. */
const ROWS = 4
const MOST = 255

export interface CountMinSketch {
  /** Row-major, 4 × width; width is a power of two. */
  cells: Uint8Array
  width: number
  /** Additions until all cells are halved. */
  untilHalved: number
}

/** @param keys that are to be told apart, roughly: one cell each in every row */
export function countMinSketch(keys: number): CountMinSketch {
  let width = 16
  while (width < keys) width *= 2
  return { cells: new Uint8Array(ROWS * width), width, untilHalved: halvingAfter(width) }
}

/**
 * Counts a key once more.
 *
 * @param hash 32 bits of the key, well mixed
 * @returns its count, at least as high as the truth since the last halving
 */
export function countOnce(sketch: CountMinSketch, hash: number): number {
  const { cells, width } = sketch
  if (sketch.untilHalved-- === 0) {
    for (let k = 0; k < cells.length; k++) cells[k]! >>= 1
    sketch.untilHalved = halvingAfter(width)
  }
  let least = MOST
  for (let row = 0; row < ROWS; row++) least = Math.min(least, cells[cellOf(hash, row, width)]!)
  if (least === MOST) return least
  // Only the lowest cells are raised: the others are high because of other keys.
  for (let row = 0; row < ROWS; row++) {
    const cell = cellOf(hash, row, width)
    if (cells[cell] === least) cells[cell] = least + 1
  }
  return least + 1
}

function cellOf(hash: number, row: number, width: number): number {
  let mixed = Math.imul(hash ^ Math.imul(row + 1, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  return row * width + ((mixed ^ (mixed >>> 16)) & (width - 1))
}

const halvingAfter = (width: number) => 8 * width
