/**
 * @file Matrix products at the machine's speed: a one-node ONNX graph run by ONNX Runtime.
 *
 * The graph is written here as protocol-buffer bytes (onnx.proto3, IR version 8, operator set 13): Y = α·A·Bᵀ + C.
 */

import { InferenceSession, Tensor } from 'onnxruntime-node'

/** C − A·Bᵀ for row-major matrices; the result is a new array. */
export interface SubtractProduct {
  /** @param a rows × inner; @param b columns × inner; @param c rows × columns */
  run(
    a: Float32Array,
    b: Float32Array,
    c: Float32Array,
    rows: number,
    columns: number,
    inner: number,
  ): Promise<Float32Array>
  close(): Promise<void>
}

/** @param threads that ONNX Runtime may use */
export async function openSubtractProduct(threads: number): Promise<SubtractProduct> {
  const session = await InferenceSession.create(gemmModel(-1), {
    executionProviders: ['cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  })
  return {
    async run(a, b, c, rows, columns, inner) {
      const { Y } = await session.run({
        A: new Tensor('float32', a, [rows, inner]),
        B: new Tensor('float32', b, [columns, inner]),
        C: new Tensor('float32', c, [rows, columns]),
      })
      return Y!.data as Float32Array
    },
    close: () => session.release(),
  }
}

const FLOAT = 1
const ATTRIBUTE_FLOAT = 1
const ATTRIBUTE_INT = 2

function gemmModel(alpha: number): Uint8Array {
  const node = message(
    ...['A', 'B', 'C'].map((name) => text(1, name)),
    text(2, 'Y'),
    text(4, 'Gemm'),
    bytes(5, message(text(1, 'alpha'), float(2, alpha), varint(20, ATTRIBUTE_FLOAT))),
    bytes(5, message(text(1, 'transB'), varint(3, 1), varint(20, ATTRIBUTE_INT))),
  )
  const matrix = (name: string, rows: string, columns: string) => {
    const dimension = (symbol: string) => bytes(1, message(text(2, symbol)))
    const shape = message(dimension(rows), dimension(columns))
    const type = message(bytes(1, message(varint(1, FLOAT), bytes(2, shape))))
    return message(text(1, name), bytes(2, type))
  }
  const graph = message(
    bytes(1, node),
    text(2, 'subtract-product'),
    bytes(11, matrix('A', 'rows', 'inner')),
    bytes(11, matrix('B', 'columns', 'inner')),
    bytes(11, matrix('C', 'rows', 'columns')),
    bytes(12, matrix('Y', 'rows', 'columns')),
  )
  return message(varint(1, 8), bytes(7, graph), bytes(8, message(text(1, ''), varint(2, 13))))
}

/** Protocol-buffer wire format: a field is its number and wire type, then its value. */
function message(...fields: Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

function varintBytes(value: number): number[] {
  const out: number[] = []
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...out, rest]
    out.push((rest & 127) | 128)
  }
}

function varint(field: number, value: number): Uint8Array {
  return Uint8Array.from([...varintBytes(field << 3), ...varintBytes(value)])
}

function float(field: number, value: number): Uint8Array {
  const encoded = Buffer.alloc(4)
  encoded.writeFloatLE(value)
  return Buffer.concat([Uint8Array.from(varintBytes((field << 3) | 5)), encoded])
}

function bytes(field: number, value: Uint8Array): Uint8Array {
  return Buffer.concat([
    Uint8Array.from([...varintBytes((field << 3) | 2), ...varintBytes(value.length)]),
    value,
  ])
}

function text(field: number, value: string): Uint8Array {
  return bytes(field, Buffer.from(value))
}
