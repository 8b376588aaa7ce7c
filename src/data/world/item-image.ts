/** @file Pictures of simulated items: the style gives palette and texture, the topic a hue of the motif. */

import { createRandom } from '../../base/random.ts'
import type { World } from './world.ts'

export const IMAGE_SIZE = 64

type Colour = readonly [red: number, green: number, blue: number]
/** Brightness of a texture at a place, in [0, 1]; `a` and `b` vary from picture to picture, in [0, 1). */
type Texture = (x: number, y: number, a: number, b: number) => number

const wave = (value: number) => 0.5 + 0.5 * Math.sin(value)

/** One per style: background, foreground, texture. Neither says anything about the topic. */
const STYLE_LOOKS: readonly { back: Colour; front: Colour; texture: Texture }[] = [
  { back: [38, 70, 83], front: [233, 196, 106], texture: (x, _y, a) => wave((0.55 + 0.2 * a) * x) },
  { back: [250, 237, 205], front: [212, 163, 115], texture: (_x, y, a) => wave((0.35 + 0.15 * a) * y) },
  {
    back: [17, 24, 39],
    front: [236, 72, 153],
    texture: (x, y, a) => wave((0.45 + 0.1 * a) * x) * wave((0.45 + 0.1 * a) * y),
  },
  {
    back: [219, 234, 254],
    front: [37, 99, 235],
    texture: (x, y, a, b) => wave(0.7 * Math.hypot(x - 64 * a, y - 64 * b)),
  },
  {
    back: [236, 253, 245],
    front: [6, 95, 70],
    texture: (x, y, a) => ((x >> 3) + ((y + Math.floor(8 * a)) >> 3)) & 1,
  },
  { back: [254, 243, 199], front: [185, 28, 28], texture: (x, y, a) => wave((0.4 + 0.1 * a) * (x + y)) },
  {
    back: [245, 245, 245],
    front: [64, 64, 64],
    texture: (x, y, a, b) => (x * (0.5 + a) + y * (0.5 + b)) / 192,
  },
  {
    back: [76, 29, 149],
    front: [221, 214, 254],
    texture: (x, y, a, b) => wave(0.2 * x + 3 * wave((0.15 + 0.05 * a) * y + 6 * b)),
  },
]

const IMAGE_STREAM = 0xc0000000
/** Pictures of a style differ in shade by so much, to each side. */
const SHADE = 20
/** Side of the square in the middle that carries the topic's hue: a sixteenth of the picture. */
const MOTIF = IMAGE_SIZE / 4

/**
 * Draws an item.
 *
 * @param pixels written: IMAGE_SIZE × IMAGE_SIZE × red, green, blue
 */
export function drawImage({ options, items, topics }: World, item: number, pixels: Uint8Array): void {
  const random = createRandom(options.seed, IMAGE_STREAM + item)
  const { back, front, texture } = STYLE_LOOKS[items.style[item]]
  const motif = hueColour((items.topic[item] * 0.618) % 1, topics.category[items.topic[item]] / 12)
  const a = random.float()
  const b = random.float()
  const shade = [0, 1, 2].map(() => random.below(2 * SHADE + 1) - SHADE)
  const from = (IMAGE_SIZE - MOTIF) / 2
  for (let y = 0, at = 0; y < IMAGE_SIZE; y++) {
    for (let x = 0; x < IMAGE_SIZE; x++) {
      const isMotif = x >= from && x < from + MOTIF && y >= from && y < from + MOTIF
      const mix = isMotif ? 0 : texture(x, y, a, b)
      for (let channel = 0; channel < 3; channel++, at++) {
        const ground = isMotif ? motif[channel] : back[channel]
        const value = ground + (front[channel] - ground) * mix + shade[channel]
        pixels[at] = Math.max(0, Math.min(255, Math.round(value)))
      }
    }
  }
}

/** A saturated colour of a hue in [0, 1), turned a little by the category. */
function hueColour(hue: number, turn: number): Colour {
  const channel = (shift: number) => Math.round(255 * wave(2 * Math.PI * (hue + shift + 0.1 * turn)))
  return [channel(0), channel(1 / 3), channel(2 / 3)]
}
