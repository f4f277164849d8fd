import { ConfigError } from '../../errors/connect-errors.ts'

/** Groups and classes may lie so deep in each other: far from what the stack holds. */
const MAX_DEPTH = 200
/** Each class is expanded to its ranges, `\p{L}` to hundreds. */
const MAX_SETS = 500
const MAX_SHOWN = 1_000

/** Reads a pattern character by character and words errors as Java's `PatternSyntaxException` does. */
export class PatternReader {
  readonly text: string
  at = 0
  #depth = 0
  #sets = 0

  constructor(text: string) {
    this.text = text
  }

  get isAtEnd(): boolean {
    return this.at >= this.text.length
  }

  /** The character here, a surrogate pair as one; empty at the end. */
  peek(): string {
    const code = this.text.codePointAt(this.at)
    return code === undefined ? '' : String.fromCodePoint(code)
  }

  next(): string {
    const char = this.peek()
    this.at += char.length
    return char
  }

  /** Moves past the text if it stands here. */
  accept(expected: string): boolean {
    if (!this.text.startsWith(expected, this.at)) return false
    this.at += expected.length
    return true
  }

  /** Moves past what the sticky expression matches here. */
  match(expression: RegExp): RegExpExecArray | null {
    expression.lastIndex = this.at
    const found = expression.exec(this.text)
    if (found !== null) this.at += found[0].length
    return found
  }

  /** Around each group and each class. @throws {ConfigError} where they are too many, one in the other. */
  enter(): void {
    if (++this.#depth > MAX_DEPTH) throw this.error(`Groups lie more than ${MAX_DEPTH} deep in each other`)
  }

  leave(): void {
    this.#depth--
  }

  /** For each class. @throws {ConfigError} where they are too many. */
  countSet(): void {
    if (++this.#sets > MAX_SETS) throw this.error(`More than ${MAX_SETS} character classes`)
  }

  error(description: string, index = this.at): ConfigError {
    const at = `${description} near index ${index}`
    // The mark under a long text is nowhere to be seen.
    if (this.text.length > MAX_SHOWN) return new ConfigError(at)
    return new ConfigError(`${at}\n${this.text}\n${' '.repeat(index)}^`)
  }
}

/** A character as it may stand anywhere in a pattern with flag v, in or out of a class. */
export function literal(char: string): string {
  return /^[a-zA-Z0-9_]$/.test(char) ? char : `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`
}
