/** @file Numbers as the page writes them; a minus sign is as wide as a plus sign, a hyphen is not. */

/** Scores and what adds to them, all to the same place. */
export function fixed(value: number): string {
  return withMinus(value.toFixed(4))
}

export function signed(value: number): string {
  return value < 0 ? fixed(value) : `+${fixed(value)}`
}

/** As many digits as tell something, and no zeros at the end. */
export function short(value: number, digits = 5): string {
  return withMinus(String(Number(value.toPrecision(digits))))
}

const withMinus = (number: string) => number.replaceAll('-', '−')
