/**
 * Weights as whole numbers, so that sums are exact: floats lose the small kinds beside the large ones, and the order of
 * addition would decide whether a partition is full. All are multiplied by one power of two, which changes no digit of
 * whole numbers, and rounded where their sum would pass 2^52.
 *
 * @returns units, in the order given; each is within half a unit of its weight, the sum is less than 2^53
 */
export function unitsOf(weights: Float64Array): Float64Array {
  const most = weights.reduce((max, weight) => Math.max(max, weight), 0)
  if (most === 0) return new Float64Array(weights.length)
  // Between 0 and 2 first, as the sum of huge weights would be infinite.
  const down = -exponentOf(most)
  const scaled = weights.map((weight) => byPowerOfTwo(weight, down))
  const sum = scaled.reduce((total, weight) => total + weight, 0)
  const up = 51 - exponentOf(sum)
  return scaled.map((weight) => Math.round(byPowerOfTwo(weight, up)))
}

/** Of the largest power of two that is not above the number. */
function exponentOf(number: number): number {
  const guess = Math.floor(Math.log2(number))
  // The logarithm may round up to the next power; subnormal numbers have no next one to ask.
  return guess > -1022 && 2 ** guess > number ? guess - 1 : guess
}

/** In two steps, as the power alone may be out of a float's range. */
function byPowerOfTwo(number: number, exponent: number): number {
  const half = Math.trunc(exponent / 2)
  return number * 2 ** half * 2 ** (exponent - half)
}
