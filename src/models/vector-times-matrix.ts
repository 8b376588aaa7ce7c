/** @file A vector times a matrix of weights, where one product is too little to start a session for. */

/** out += x W; W row-major, x.length × out.length. */
export function addProduct(x: Float32Array, weight: Float32Array, out: Float32Array): void {
  for (let k = 0, at = 0; k < x.length; k++, at += out.length) {
    const value = x[k]!
    for (let j = 0; j < out.length; j++) out[j]! += value * weight[at + j]!
  }
}

/** row + x W, a new vector. */
export function plusProduct(row: Float32Array, x: Float32Array, weight: Float32Array): Float32Array {
  const sum = row.slice()
  addProduct(x, weight, sum)
  return sum
}
