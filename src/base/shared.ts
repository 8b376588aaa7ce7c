/** @file Typed arrays over shared memory, so that worker threads pass references and never copies. */

export const sharedUint8 = (length: number) => new Uint8Array(new SharedArrayBuffer(length))
export const sharedUint16 = (length: number) => new Uint16Array(new SharedArrayBuffer(length * 2))
export const sharedUint32 = (length: number) => new Uint32Array(new SharedArrayBuffer(length * 4))
export const sharedInt32 = (length: number) => new Int32Array(new SharedArrayBuffer(length * 4))
export const sharedFloat32 = (length: number) => new Float32Array(new SharedArrayBuffer(length * 4))
export const sharedFloat64 = (length: number) => new Float64Array(new SharedArrayBuffer(length * 8))

export type NumericArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array

/** The same values over shared memory; arrays that already are shared come back as they are. */
export function toShared<T extends NumericArray>(values: T): T {
  if (values.buffer instanceof SharedArrayBuffer) return values
  const Constructor = values.constructor as new (buffer: SharedArrayBuffer) => T
  const copy = new Constructor(new SharedArrayBuffer(values.byteLength))
  ;(copy as Uint32Array).set(values as Uint32Array)
  return copy
}
