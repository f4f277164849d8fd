import { DataError } from '@spillway/api'
import { MAX_DEPTH } from './json-limits.ts'

/** Turns a number and how it was written into the value to keep. */
export type NumberReader = (value: number, source: string) => unknown

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

/**
 * Reads the first JSON value of a text that `JSON.parse` refuses, as Jackson does in Connect: leading zeros pass, what
 * follows the value is ignored. Plain and slow; its other job is to say where a text goes wrong.
 */
export class TolerantJsonParser {
  readonly #text: string
  readonly #readNumber: NumberReader
  #at = 0

  constructor(text: string, readNumber: NumberReader) {
    this.#text = text
    this.#readNumber = readNumber
  }

  /** The first value; null for a blank text. @throws {DataError} at the first character that fits nothing. */
  parse(): unknown {
    this.#skipSpace()
    if (this.#at >= this.#text.length) return null
    const first = this.#text[this.#at] ?? ''
    const value = this.#value(0)
    // A bare literal must end where it stands; after a string, list or object anything may follow.
    if (!'"[{'.includes(first) && this.#at < this.#text.length && !isSpace(this.#text.charCodeAt(this.#at))) {
      throw this.#unexpected('the end of the value')
    }
    return value
  }

  #value(depth: number): unknown {
    if (depth > MAX_DEPTH) throw new DataError(`the values are nested deeper than ${MAX_DEPTH}`)
    this.#skipSpace()
    switch (this.#text[this.#at]) {
      case '{':
        return this.#object(depth)
      case '[':
        return this.#array(depth)
      case '"':
        return this.#string()
      case 't':
        return this.#literal('true', true)
      case 'f':
        return this.#literal('false', false)
      case 'n':
        return this.#literal('null', null)
      default:
        return this.#number()
    }
  }

  #object(depth: number): unknown {
    const object: Record<string, unknown> = {}
    this.#at++
    if (this.#takes('}')) return object
    for (;;) {
      this.#skipSpace()
      if (this.#text[this.#at] !== '"') throw this.#unexpected('a field name in double quotes')
      const key = this.#string()
      if (!this.#takes(':')) throw this.#unexpected("':'")
      const value = this.#value(depth + 1)
      if (key === '__proto__') {
        Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
      } else object[key] = value
      if (this.#takes('}')) return object
      if (!this.#takes(',')) throw this.#unexpected("',' or '}'")
    }
  }

  #array(depth: number): unknown {
    const items: unknown[] = []
    this.#at++
    if (this.#takes(']')) return items
    for (;;) {
      items.push(this.#value(depth + 1))
      if (this.#takes(']')) return items
      if (!this.#takes(',')) throw this.#unexpected("',' or ']'")
    }
  }

  #string(): string {
    let result = ''
    let start = ++this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x22) {
        result += this.#text.slice(start, this.#at++)
        return result
      }
      if (Number.isNaN(code)) throw this.#unexpected('the closing quote of a string')
      if (code < 0x20) throw this.#unexpected('an escaped control character')
      if (code === 0x5c) {
        result += this.#text.slice(start, this.#at) + this.#escape()
        start = this.#at
      } else this.#at++
    }
  }

  #escape(): string {
    const next = this.#text[++this.#at] ?? ''
    if (next === 'u') {
      const hex = this.#text.slice(this.#at + 1, this.#at + 5)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) throw this.#unexpected('four hexadecimal digits after \\u')
      this.#at += 5
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    const meant = ESCAPES[next]
    if (meant === undefined) throw this.#unexpected('an escape that JSON knows')
    this.#at++
    return meant
  }

  #number(): unknown {
    NUMBER.lastIndex = this.#at
    const written = NUMBER.exec(this.#text)?.[0]
    if (written === undefined) throw this.#unexpected('a value')
    this.#at += written.length
    const next = this.#text[this.#at]
    if (next !== undefined && /[\w.+-]/.test(next)) throw this.#unexpected('the end of a number')
    const source = written.replace(/^(-?)0+(?=\d)/, '$1')
    return this.#readNumber(Number(source), source)
  }

  #literal(word: string, value: unknown): unknown {
    const after = this.#text[this.#at + word.length]
    if (!this.#text.startsWith(word, this.#at) || (after !== undefined && /\w/.test(after))) {
      throw this.#unexpected('true, false, null, a number, or text in double quotes')
    }
    this.#at += word.length
    return value
  }

  #takes(char: string): boolean {
    this.#skipSpace()
    if (this.#text[this.#at] !== char) return false
    this.#at++
    return true
  }

  #skipSpace(): void {
    while (isSpace(this.#text.charCodeAt(this.#at))) this.#at++
  }

  #unexpected(expected: string): DataError {
    const before = this.#text.slice(0, this.#at)
    const line = before.split('\n').length
    const column = this.#at - before.lastIndexOf('\n')
    const found = this.#at < this.#text.length ? JSON.stringify(this.#text[this.#at]) : 'the end of the text'
    return new DataError(`line ${line}, column ${column}: expected ${expected}, but found ${found}`)
  }
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
}
