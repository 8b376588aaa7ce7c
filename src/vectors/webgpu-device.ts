/**
 * @file A GPU by way of WebGPU: the optional package `webgpu`, its adapter and device, and a look whether the device
 * computes scores as the other kernels do.
 */

import { UnavailableError } from '../base/errors.ts'
import { scoreFunctions } from './webgpu-shaders.ts'

/** Flags of WebGPU, as its specification numbers them: the package brings them as globals only. */
export const BufferUsage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const

export interface GpuDevice {
  device: GPUDevice
  /** As the driver calls it. */
  name: string
  /** Whether the processor plays the GPU, as in tests: compiling a shader then costs more than running it. */
  software: boolean
  /** Whether the shader language has dot products of packed int8. */
  packedDots: boolean
  /** Bytes that a shader can see of one buffer. */
  bindingBytes: number
}

/** One for all tables; opened anew when it is lost. */
let opened: Promise<GpuDevice> | null = null

/** @throws UnavailableError when the package, a driver or exact arithmetic is missing; says which */
export function openGpu(): Promise<GpuDevice> {
  if (opened) return opened
  const opening = open()
  const forget = () => {
    if (opened === opening) opened = null
  }
  opened = opening
  opening.then(({ device }) => device.lost.then(forget), forget)
  return opening
}

/** The instance must outlive its devices. */
let gpu: GPU | null = null

async function open(): Promise<GpuDevice> {
  gpu ??= await instance()
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' })
  if (!adapter)
    throw new UnavailableError('no GPU was found', 'is its Vulkan, Metal or Direct3D 12 driver there?')
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits
  const device = await adapter.requestDevice({
    requiredLimits: { maxBufferSize, maxStorageBufferBindingSize },
  })
  const { description, vendor, device: model, architecture, isFallbackAdapter } = adapter.info
  const name = description || [vendor, model].filter(Boolean).join(' ') || 'a GPU without a name'
  if (!(await scoresExactly(device))) {
    device.destroy()
    throw new UnavailableError(`${name} rounds products otherwise than IEEE 754`, 'use another kernel')
  }
  return {
    device,
    name,
    software: isFallbackAdapter || architecture === 'swiftshader' || architecture === 'llvmpipe',
    packedDots: gpu.wgslLanguageFeatures.has('packed_4x8_integer_dot_product'),
    bindingBytes: Math.min(maxBufferSize, maxStorageBufferBindingSize),
  }
}

async function instance(): Promise<GPU> {
  try {
    const { create } = await import('webgpu')
    return create([])
  } catch (cause) {
    throw new UnavailableError('the package webgpu is not there', '`npm install webgpu`', cause)
  }
}

const CHECKS = 4096

/**
 * Shader compilers may fuse a product with a sum, or multiply in another order: then last bits differ. Random scores of
 * both metrics, computed there and here, show it.
 */
async function scoresExactly(device: GPUDevice): Promise<boolean> {
  const given = new Float32Array(CHECKS * 4)
  const expected = new Float32Array(CHECKS * 2)
  const fround = Math.fround
  // Any numbers do, as long as their products need rounding: a multiplicative generator.
  let state = 1
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return fround((state / 2 ** 32) * 2 ** ((state % 9) - 4))
  }
  const whole = new Int32Array(given.buffer)
  for (let n = 0; n < CHECKS; n++) {
    const dot = (state % 2_000_001) - 1_000_000
    const [rowScale, queryScale, norm] = [next(), next(), next()]
    whole[4 * n] = dot
    given.set([rowScale, queryScale, norm], 4 * n + 1)
    const product = fround(fround(fround(dot) * rowScale) * queryScale)
    expected[2 * n] = product
    expected[2 * n + 1] = fround(fround(fround(2 * product) - norm) - queryScale)
  }
  const input = device.createBuffer({
    size: given.byteLength,
    usage: BufferUsage.storage | BufferUsage.copyTarget,
  })
  const output = device.createBuffer({
    size: expected.byteLength,
    usage: BufferUsage.storage | BufferUsage.copySource,
  })
  device.queue.writeBuffer(input, 0, given)
  const pipeline = await device.createComputePipelineAsync({
    layout: 'auto',
    compute: { module: device.createShaderModule({ code: CHECK_SHADER }) },
  })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(
    0,
    device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [input, output].map((buffer, binding) => ({ binding, resource: { buffer } })),
    }),
  )
  pass.dispatchWorkgroups(CHECKS / 64)
  pass.end()
  const found = new Float32Array(
    await readBack(device, encoder, [{ buffer: output, at: 0, bytes: expected.byteLength }]),
  )
  input.destroy()
  output.destroy()
  return found.every((score, n) => score === expected[n])
}

const CHECK_SHADER = `
${scoreFunctions}
@group(0) @binding(0) var<storage, read> given: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> scores: array<vec2<f32>>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let one = given[id.x];
  let scales = bitcast<vec2<f32>>(one.yz);
  let product = productOf(bitcast<i32>(one.x), scales.x, scales.y);
  scores[id.x] = vec2<f32>(product, distanceOf(product, bitcast<f32>(one.w), scales.y));
}
`

export interface BufferPart {
  buffer: GPUBuffer
  at: number
  bytes: number
}

/** Ends and submits the commands; @returns the parts, one behind the other, as they are then */
export async function readBack(
  device: GPUDevice,
  encoder: GPUCommandEncoder,
  parts: readonly BufferPart[],
): Promise<ArrayBuffer> {
  const size = parts.reduce((sum, { bytes }) => sum + bytes, 0)
  const reading = device.createBuffer({ size, usage: BufferUsage.mapRead | BufferUsage.copyTarget })
  let to = 0
  for (const { buffer, at, bytes } of parts) {
    encoder.copyBufferToBuffer(buffer, at, reading, to, bytes)
    to += bytes
  }
  device.queue.submit([encoder.finish()])
  await reading.mapAsync(BufferUsage.mapRead)
  const copy = reading.getMappedRange().slice(0)
  reading.destroy()
  return copy
}
