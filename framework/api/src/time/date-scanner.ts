const FRACTION = /[.,]\d+/y
const ZULU = /[Zz]/y
const OFFSET = /[+-](?:[01]\d|2[0-3])(?::?[0-5]\d(?::?[0-5]\d)?)?/y

/** Walks over the text of a date, with the complaints of Joda-Time. */
export class DateScanner {
  readonly text: string
  at = 0

  constructor(text: string) {
    this.text = text
  }

  /** Moves past what matches here; the expression is sticky. */
  take(expression: RegExp): string | undefined {
    expression.lastIndex = this.at
    const found = expression.exec(this.text)?.[0]
    if (found !== undefined) this.at += found.length
    return found
  }

  /** Whether it matches here; the expression is sticky. */
  ahead(expression: RegExp): boolean {
    expression.lastIndex = this.at
    return expression.test(this.text)
  }

  isDigit(): boolean {
    return digitAt(this.text, this.at) >= 0
  }

  /** An integer of at most that many digits, with a sign if there is one. */
  signed(maxDigits: number): number {
    const sign = this.text.charAt(this.at)
    const start = sign === '-' || sign === '+' ? this.at + 1 : this.at
    if (digitAt(this.text, start) < 0) throw this.malformed()
    this.at = start
    const value = this.#digits(maxDigits)
    return sign === '-' ? 0 - value : value
  }

  /** A number of at most that many digits, within bounds. @param name the field's name in Joda-Time. */
  number(maxDigits: number, name: string, min: number, max: number): number {
    if (digitAt(this.text, this.at) < 0) throw this.malformed()
    const value = this.#digits(maxDigits)
    if (value < min || value > max) {
      throw new RangeError(
        `Cannot parse "${this.text}": Value ${value} for ${name} must be in the range [${min},${max}]`,
      )
    }
    return value
  }

  /** `.5` or `,5`, if that comes next. */
  fraction(): number | undefined {
    const found = this.take(FRACTION)
    return found === undefined ? undefined : Number(`0.${found.slice(1)}`)
  }

  /** `Z`, `-07`, `-0700`, `-07:00`, `-07:00:30` in ms, if that comes next. */
  offset(): number | undefined {
    if (this.take(ZULU) !== undefined) return 0
    const found = this.take(OFFSET)
    if (found === undefined) return undefined
    const [hours, minutes, seconds] = found.slice(1).replaceAll(':', '').match(/\d\d/g)?.map(Number) ?? []
    const size = ((hours ?? 0) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000
    return found.startsWith('-') ? -size : size
  }

  /** @throws {RangeError} where text is left. */
  end(): void {
    if (this.at < this.text.length) throw this.malformed()
  }

  #digits(maxDigits: number): number {
    let value = 0
    for (let left = maxDigits; left > 0; left--) {
      const digit = digitAt(this.text, this.at)
      if (digit < 0) break
      value = value * 10 + digit
      this.at++
    }
    return value
  }

  malformed(): RangeError {
    if (this.at === 0) return new RangeError(`Invalid format: "${this.text}"`)
    if (this.at >= this.text.length) return new RangeError(`Invalid format: "${this.text}" is too short`)
    return new RangeError(`Invalid format: "${this.text}" is malformed at "${this.text.slice(this.at)}"`)
  }
}

/** The value of a digit, -1 where there is none. */
function digitAt(text: string, at: number): number {
  const code = text.charCodeAt(at)
  return code >= 48 && code <= 57 ? code - 48 : -1
}
