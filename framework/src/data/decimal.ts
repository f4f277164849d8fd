import { DataError } from '../errors/connect-errors.ts'

/**
 * An exact decimal number: `unscaled * 10^-scale` (Java: `BigDecimal`). 1.50 and 1.5 differ, as their scales do.
 */
export class Decimal {
  readonly unscaled: bigint
  readonly scale: number

  constructor(unscaled: bigint, scale: number) {
    this.unscaled = unscaled
    this.scale = scale
  }

  /** Reads plain or scientific notation, keeping trailing zeros as scale. @throws {DataError} for anything else. */
  static parse(text: string): Decimal {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text)
    const whole = match?.[2] ?? ''
    const fraction = match?.[3] ?? ''
    if (match === null || whole.length + fraction.length === 0) {
      throw new DataError(`Not a decimal number: ${text.slice(0, 64)}`)
    }
    const digits = BigInt(whole + fraction)
    const scale = fraction.length - Number(match[4] ?? 0)
    return new Decimal(match[1] === '-' ? -digits : digits, scale)
  }

  /** Big-endian two's complement, as short as it can be: how Connect and Avro carry the unscaled value. */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    if (bytes.length === 0) throw new DataError('A decimal needs at least one byte, but found none')
    return new Decimal(
      BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
      scale,
    )
  }

  toBytes(): Buffer {
    let length = 1
    while (BigInt.asIntN(length * 8, this.unscaled) !== this.unscaled) length++
    const hex = BigInt.asUintN(length * 8, this.unscaled).toString(16)
    return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
  }

  /** Same value with that scale. @throws {DataError} where digits would be lost. */
  withScale(scale: number): Decimal {
    if (scale === this.scale) return this
    if (scale > this.scale) return new Decimal(this.unscaled * 10n ** BigInt(scale - this.scale), scale)
    const divisor = 10n ** BigInt(this.scale - scale)
    if (this.unscaled % divisor !== 0n) {
      throw new DataError(`Decimal ${this.toString()} does not fit scale ${scale} without rounding`)
    }
    return new Decimal(this.unscaled / divisor, scale)
  }

  equals(other: Decimal): boolean {
    return this.unscaled === other.unscaled && this.scale === other.scale
  }

  /** Java's `BigDecimal.toPlainString`. */
  toPlainString(): string {
    if (this.scale <= 0) {
      return this.unscaled === 0n ? '0' : this.unscaled.toString() + '0'.repeat(-this.scale)
    }
    const negative = this.unscaled < 0n
    const digits = (negative ? -this.unscaled : this.unscaled).toString().padStart(this.scale + 1, '0')
    const cut = digits.length - this.scale
    return `${negative ? '-' : ''}${digits.slice(0, cut)}.${digits.slice(cut)}`
  }

  /** Java's `BigDecimal.toString`: scientific where the exponent asks for it. */
  toString(): string {
    const negative = this.unscaled < 0n
    const digits = (negative ? -this.unscaled : this.unscaled).toString()
    const exponent = digits.length - 1 - this.scale
    if (this.scale >= 0 && exponent >= -6) return this.toPlainString()
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`
    const sign = negative ? '-' : ''
    return exponent === 0 ? `${sign}${mantissa}` : `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`
  }

  /** Nearest double; loses digits beyond 15. */
  toNumber(): number {
    return Number(this.toString())
  }
}
