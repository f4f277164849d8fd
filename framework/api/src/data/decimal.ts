import { DataError } from '../errors/connect-errors.ts'

/** Digits (and zeros at either end) beyond any real number: arithmetic on much larger ones takes a thread for seconds. */
const MOST_DIGITS = 10_000
const MOST_BYTES = 4096

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

  /**
   * Reads plain or scientific notation, keeping trailing zeros as scale.
   *
   * @throws {DataError} for anything else, and for more than 10,000 digits.
   */
  static parse(text: string): Decimal {
    const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,9}))?$/.exec(text)
    const whole = match?.[2] ?? ''
    const fraction = match?.[3] ?? ''
    if (match === null || whole.length + fraction.length === 0) {
      throw new DataError(`Not a decimal number: ${text.slice(0, 64)}`)
    }
    if (whole.length + fraction.length > MOST_DIGITS) {
      throw new DataError(`A decimal has more than ${MOST_DIGITS} digits: ${text.slice(0, 64)}…`)
    }
    const digits = BigInt(whole + fraction)
    const scale = fraction.length - Number(match[4] ?? 0)
    return new Decimal(match[1] === '-' ? -digits : digits, scale)
  }

  /**
   * Big-endian two's complement, as short as it can be: how Connect and Avro carry the unscaled value.
   *
   * @throws {DataError} for no bytes, and for more than 4,096.
   */
  static fromBytes(bytes: Uint8Array, scale: number): Decimal {
    if (bytes.length === 0) throw new DataError('A decimal needs at least one byte, but found none')
    if (bytes.length > MOST_BYTES) {
      throw new DataError(`A decimal takes ${bytes.length} bytes, more than ${MOST_BYTES}`)
    }
    return new Decimal(
      BigInt.asIntN(bytes.length * 8, BigInt(`0x${Buffer.from(bytes).toString('hex')}`)),
      scale,
    )
  }

  toBytes(): Buffer {
    const { unscaled } = this
    // The sign takes a bit: -128 needs as many as 127, and 128 one more.
    const bits = unscaled === 0n ? 0 : (unscaled < 0n ? -unscaled - 1n : unscaled).toString(2).length
    const length = Math.floor(bits / 8) + 1
    const hex = BigInt.asUintN(length * 8, this.unscaled).toString(16)
    return Buffer.from(hex.padStart(length * 2, '0'), 'hex')
  }

  /** Same value with that scale. @throws {DataError} where digits would be lost, or 10,000 zeros were to be added. */
  withScale(scale: number): Decimal {
    if (scale === this.scale) return this
    if (!(Math.abs(scale - this.scale) <= MOST_DIGITS)) {
      throw new DataError(`A decimal of scale ${this.scale} cannot be given scale ${scale}: too many zeros`)
    }
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

  /** Java's `BigDecimal.toPlainString`. @throws {DataError} where that takes more than 10,000 zeros. */
  toPlainString(): string {
    if (!(Math.abs(this.scale) <= MOST_DIGITS)) {
      throw new DataError(`A decimal of scale ${this.scale} cannot be written without an exponent`)
    }
    return this.#plain()
  }

  #plain(): string {
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
    if (this.scale >= 0 && exponent >= -6) return this.#plain()
    const mantissa = digits.length === 1 ? digits : `${digits[0]}.${digits.slice(1)}`
    const sign = negative ? '-' : ''
    return exponent === 0 ? `${sign}${mantissa}` : `${sign}${mantissa}E${exponent > 0 ? '+' : ''}${exponent}`
  }

  /** Nearest double; loses digits beyond 15. */
  toNumber(): number {
    return Number(this.toString())
  }
}
