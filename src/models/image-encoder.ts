/** @file What makes a vector of a picture: the default descriptor, or an ONNX network that the user supplies. */

import { InferenceSession, Tensor } from 'onnxruntime-node'
import { z } from 'zod'
import { InvalidFileError, UnavailableError } from '../base/errors.ts'
import { normalise } from '../vectors/vector-matrix.ts'
import { DESCRIPTOR_DIM, DESCRIPTOR_SIZE, describeImage } from './image-descriptor.ts'
import type { PixelSize } from './image-pixels.ts'

export interface ImageEncoder {
  readonly size: PixelSize
  /** Pictures taken at a time. */
  readonly batch: number
  /**
   * @param pictures each width × height × red, green, blue, at most `batch` of them
   * @returns one vector of length 1 for each
   */
  encode(pictures: readonly Uint8Array[]): Promise<Float32Array[]>
}

const triple = z.tuple([z.number(), z.number(), z.number()])

/** A network whose first input is float32, N × 3 × height × width, and whose first output is N × anything. */
export const networkOptions = z.strictObject({
  /** File of the network. */
  model: z.string().min(1),
  width: z.number().int().min(1).max(2048).default(224),
  height: z.number().int().min(1).max(2048).default(224),
  /** Per channel: (value / 255 − mean) / deviation. The defaults are those of networks trained on ImageNet. */
  mean: triple.default([0.485, 0.456, 0.406]),
  deviation: triple.default([0.229, 0.224, 0.225]),
  fit: z.enum(['fill', 'cover']).default('cover'),
  /** 1 for networks that take one picture only. */
  batch: z.number().int().min(1).max(256).default(16),
})

export type NetworkOptions = z.infer<typeof networkOptions>

/** @param network the default descriptor when null */
export async function openImageEncoder(
  network: NetworkOptions | null,
  threads: number,
): Promise<ImageEncoder> {
  if (network) return openNetwork(network, threads)
  return {
    size: DESCRIPTOR_SIZE,
    batch: 1,
    async encode(pictures) {
      return pictures.map((pixels) => {
        const vector = new Float32Array(DESCRIPTOR_DIM)
        describeImage(pixels, vector)
        return vector
      })
    },
  }
}

async function openNetwork(options: NetworkOptions, threads: number): Promise<ImageEncoder> {
  const { model, width, height, fit, batch } = options
  const session = await InferenceSession.create(model, { intraOpNumThreads: threads }).catch((cause) => {
    throw new UnavailableError(`image encoder ${model} cannot be opened (${cause.message})`, undefined, cause)
  })
  const [input] = session.inputNames
  const [output] = session.outputNames
  return {
    size: { width, height, fit },
    batch,
    async encode(pictures) {
      const values = new Float32Array(pictures.length * 3 * height * width)
      for (const [k, pixels] of pictures.entries()) toPlanes(pixels, options, values, k * 3 * height * width)
      const shape = [pictures.length, 3, height, width]
      const results = await session.run({ [input]: new Tensor('float32', values, shape) })
      const found = results[output]
      const dim = found.size / pictures.length
      if (found.type !== 'float32' || found.dims[0] !== pictures.length || dim === 0) {
        const shown = `${found.type} [${found.dims.join(', ')}]`
        throw new InvalidFileError(model, `its output is ${shown}, expected float32 [${pictures.length}, …]`)
      }
      const vectors = found.data as Float32Array
      return pictures.map((_, k) => normalise(vectors.slice(k * dim, (k + 1) * dim)))
    },
  }
}

/** Interleaved bytes to one plane a channel, scaled. */
function toPlanes(pixels: Uint8Array, options: NetworkOptions, out: Float32Array, at: number): void {
  const count = options.width * options.height
  for (let channel = 0; channel < 3; channel++) {
    const mean = options.mean[channel]
    const scale = 1 / options.deviation[channel]
    for (let k = 0; k < count; k++)
      out[at + channel * count + k] = (pixels[3 * k + channel] / 255 - mean) * scale
  }
}
