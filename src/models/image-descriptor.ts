/**
 * @file The default description of a picture: colour and texture on a grid of 2 × 2 cells, 100 numbers, nothing learned.
 *
 * For every cell two soft histograms over its pixels:
 * - colour, 16 bins: a pixel of chroma c (largest minus smallest of red, green, blue) counts c in 12 bins of hue and
 *   1 − c in 4 bins of brightness, so that the unsteady hue of a grey pixel hardly counts;
 * - texture, 9 bins: a pixel whose brightness changes by m from side to side counts m / (m + FLAT) in 8 bins of the
 *   direction of the change, without its sign (Dalal and Triggs 2005), and the rest in one bin for flat.
 * The square roots of a part's bins (Arandjelović and Zisserman 2012) make a vector of length 1, since every pixel
 * counts 1 in both parts; colour and texture are weighed and joined, again to length 1.
 */

import type { PixelSize } from './image-pixels.ts'

export const DESCRIPTOR_SIZE: PixelSize = { width: 64, height: 64, fit: 'fill' }
const SIDE = 64
/** Cells to each side. */
const GRID = 2
const CELLS = GRID * GRID
const CELL_SIDE = SIDE / GRID
const HUES = 12
const GREYS = 4
const COLOURS = HUES + GREYS
const DIRECTIONS = 8
const TEXTURES = DIRECTIONS + 1
/** A change of brightness (of 1 from black to white, between neighbours on both sides) that counts half as texture. */
const FLAT = 0.05
/** Share of colour in the squared length: what people call alike has the same colours first. */
const COLOUR_SHARE = 0.6

export const DESCRIPTOR_DIM = CELLS * (COLOURS + TEXTURES)

/**
 * @param pixels 64 × 64 × red, green, blue
 * @param out written: DESCRIPTOR_DIM numbers ≥ 0 of length 1, cell by cell colour, then cell by cell texture
 */
export function describeImage(pixels: Uint8Array, out: Float32Array): void {
  out.fill(0)
  const brightness = new Float32Array(SIDE * SIDE)
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at++) {
      const red = pixels[3 * at] / 255
      const green = pixels[3 * at + 1] / 255
      const blue = pixels[3 * at + 2] / 255
      // Rec. 601: the brightness that an eye sees.
      brightness[at] = 0.299 * red + 0.587 * green + 0.114 * blue
      addColour(red, green, blue, out, cellOf(x, y) * COLOURS)
    }
  }
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      const right = brightness[y * SIDE + Math.min(SIDE - 1, x + 1)]
      const left = brightness[y * SIDE + Math.max(0, x - 1)]
      const below = brightness[Math.min(SIDE - 1, y + 1) * SIDE + x]
      const above = brightness[Math.max(0, y - 1) * SIDE + x]
      addTexture(right - left, below - above, out, CELLS * COLOURS + cellOf(x, y) * TEXTURES)
    }
  }
  const pixelsInAll = SIDE * SIDE
  for (let k = 0; k < DESCRIPTOR_DIM; k++) {
    const share = k < CELLS * COLOURS ? COLOUR_SHARE : 1 - COLOUR_SHARE
    out[k] = Math.sqrt((share * out[k]) / pixelsInAll)
  }
}

const cellOf = (x: number, y: number) => Math.floor(y / CELL_SIDE) * GRID + Math.floor(x / CELL_SIDE)

function addColour(red: number, green: number, blue: number, out: Float32Array, at: number): void {
  const most = Math.max(red, green, blue)
  const chroma = most - Math.min(red, green, blue)
  if (chroma > 0) {
    let sixth = 0
    if (most === red) sixth = (green - blue) / chroma
    else if (most === green) sixth = 2 + (blue - red) / chroma
    else sixth = 4 + (red - green) / chroma
    addCircular((sixth / 6) * HUES, HUES, chroma, out, at)
  }
  const place = most * (GREYS - 1)
  const bin = Math.min(GREYS - 2, Math.floor(place))
  out[at + HUES + bin] += (1 - chroma) * (bin + 1 - place)
  out[at + HUES + bin + 1] += (1 - chroma) * (place - bin)
}

function addTexture(across: number, down: number, out: Float32Array, at: number): void {
  const change = Math.sqrt(across * across + down * down)
  const textured = change / (change + FLAT)
  if (change > 0)
    addCircular((Math.atan2(down, across) / Math.PI) * DIRECTIONS, DIRECTIONS, textured, out, at)
  out[at + DIRECTIONS] += 1 - textured
}

/** Shares a weight between the two bins nearest to a place in [−bins, bins] on a circle of bins. */
function addCircular(place: number, bins: number, weight: number, out: Float32Array, at: number): void {
  const below = Math.floor(place)
  const rest = place - below
  const bin = below < 0 ? below + bins : below === bins ? 0 : below
  out[at + bin] += weight * (1 - rest)
  out[at + (bin + 1 === bins ? 0 : bin + 1)] += weight * rest
}
