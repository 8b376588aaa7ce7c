/** @file An image encoder of one's own: a small network that means the colours over the picture. */

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { UnavailableError } from '../../src/base/errors.ts'
import { networkOptions, openImageEncoder } from '../../src/models/image-encoder.ts'
import { onnxModel } from '../../src/models/onnx-model.ts'

const folder = await mkdtemp(join(tmpdir(), 'labrador-encoder-'))
after(() => rm(folder, { recursive: true, force: true }))
const model = join(folder, 'mean-colour.onnx')
await writeFile(
  model,
  onnxModel({
    nodes: [
      { operator: 'GlobalAveragePool', inputs: ['pixels'], outputs: ['pooled'] },
      { operator: 'Flatten', inputs: ['pooled'], outputs: ['means'] },
    ],
    inputs: ['pixels'],
    outputs: ['means'],
    ranks: { pixels: 4 },
  }),
)

test('pictures come to the network as scaled planes, and its output comes back with length 1', async () => {
  const options = { model, width: 3, height: 2, mean: [0.1, 0.2, 0.3], deviation: [0.5, 0.25, 0.2] }
  const encoder = await openImageEncoder(networkOptions.parse(options), 1)
  const pictures = [0, 100].map((start) => Uint8Array.from({ length: 18 }, (_, k) => start + 7 * k))
  const vectors = await encoder.encode(pictures)
  for (const [k, pixels] of pictures.entries()) {
    const means = [0, 1, 2].map((channel) => {
      const values = [...pixels].filter((_, at) => at % 3 === channel)
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length / 255
      return (mean - options.mean[channel]) / options.deviation[channel]
    })
    const length = Math.hypot(...means)
    for (const [channel, mean] of means.entries())
      assert.ok(Math.abs(vectors[k][channel] - mean / length) < 1e-5)
  }
})

test('a network that cannot be opened is named', async () => {
  const options = networkOptions.parse({ model: join(folder, 'missing.onnx') })
  await assert.rejects(
    openImageEncoder(options, 1),
    (error) => error instanceof UnavailableError && /missing\.onnx/.test(error.message),
  )
})
