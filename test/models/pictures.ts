/** @file Pictures for tests: drawn by a function of place, and written with sharp. */

import sharp, { type Sharp } from 'sharp'

export type Colour = readonly [red: number, green: number, blue: number]

/** @returns a picture whose pixel at (x, y) is `draw(x / width, y / height)` */
export function picture(width: number, height: number, draw: (x: number, y: number) => Colour): Sharp {
  const pixels = new Uint8Array(width * height * 3)
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 3) pixels.set(draw(x / width, y / height), at)
  }
  return sharp(pixels, { raw: { width, height, channels: 3 } })
}

/** Stripes of two colours; `turns` of them, upright or level, beginning somewhere. */
export function stripes(first: Colour, second: Colour, turns: number, isUpright: boolean, phase: number) {
  return (x: number, y: number): Colour => {
    const mix = 0.5 + 0.5 * Math.sin(2 * Math.PI * (turns * (isUpright ? x : y) + phase))
    return [0, 1, 2].map((c) => first[c] + (second[c] - first[c]) * mix) as unknown as Colour
  }
}
