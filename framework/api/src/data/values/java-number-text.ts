/**
 * Floating point numbers as Java prints them (`Double.toString`, `Float.toString`): always with a fraction, and with
 * an exponent below 10^-3 and from 10^7 on. Digits are the fewest that tell the number from its neighbours.
 */
export function javaDoubleText(value: number): string {
  return javaText(value, (v) => v.toExponential())
}

/** As {@link javaDoubleText}, for a number that is exact in 32 bits. */
export function javaFloatText(value: number): string {
  return javaText(Math.fround(value), shortestFloat)
}

function javaText(value: number, exponential: (value: number) => string): string {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Infinity) return 'Infinity'
  if (value === -Infinity) return '-Infinity'
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0'
  const sign = value < 0 ? '-' : ''
  const [mantissa = '', power = '0'] = exponential(Math.abs(value)).split('e')
  const digits = mantissa.replace('.', '')
  const exponent = Number(power)
  if (exponent < -3 || exponent >= 7) {
    return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${exponent}`
  }
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  return `${sign}${whole}.${digits.slice(exponent + 1) || '0'}`
}

/** Nine digits always tell floats apart; the first length that reads back as the same float is the shortest. */
function shortestFloat(value: number): string {
  for (let digits = 0; digits < 8; digits++) {
    const text = value.toExponential(digits)
    if (Math.fround(Number(text)) === value) return text
  }
  return value.toExponential(8)
}
