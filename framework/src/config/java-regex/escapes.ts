import { BACKSLASH_SETS, namedSet } from './character-sets.ts'
import { literal, type PatternReader } from './pattern-reader.ts'

/** What an escape stands for: one character, or a set of them. */
export type Escape =
  | { readonly kind: 'char'; readonly char: string }
  | { readonly kind: 'set'; readonly set: string; readonly isNegated: boolean }

const CONTROLS: Readonly<Record<string, string>> = {
  t: '\t',
  n: '\n',
  r: '\r',
  f: '\f',
  a: '\u0007',
  e: '\u001b',
}

/** Reads an escape that means the same in and out of a class; the backslash has been read. */
export function readEscape(reader: PatternReader): Escape {
  const start = reader.at
  const letter = reader.next()
  if (letter === '') throw reader.error('Unexpected internal error')
  if (letter === 'p' || letter === 'P') return readNamedSet(reader, letter === 'P')
  const lower = letter.toLowerCase()
  const set = Object.hasOwn(BACKSLASH_SETS, lower) ? BACKSLASH_SETS[lower] : undefined
  if (set !== undefined) return { kind: 'set', set, isNegated: letter !== lower }
  return { kind: 'char', char: readCharacter(reader, letter, start) }
}

function readCharacter(reader: PatternReader, letter: string, start: number): string {
  const control = Object.hasOwn(CONTROLS, letter) ? CONTROLS[letter] : undefined
  if (control !== undefined) return control
  switch (letter) {
    case '0': {
      const octal = reader.match(/[0-3][0-7]{0,2}|[4-7][0-7]?/y)
      if (octal === null) throw reader.error('Illegal octal escape sequence')
      return String.fromCodePoint(Number.parseInt(octal[0], 8))
    }
    case 'x': {
      const hex = reader.match(/([0-9a-fA-F]{2})|\{([0-9a-fA-F]{1,6})\}/y)
      const code = Number.parseInt(hex?.[1] ?? hex?.[2] ?? '', 16)
      if (Number.isNaN(code) || code > 0x10ffff) throw reader.error('Illegal hexadecimal escape sequence')
      return String.fromCodePoint(code)
    }
    case 'u': {
      const hex = reader.match(/([0-9a-fA-F]{4})(?:\\u([0-9a-fA-F]{4}))?/y)
      if (hex === null) throw reader.error('Illegal Unicode escape sequence')
      const high = Number.parseInt(hex[1] ?? '', 16)
      const low = Number.parseInt(hex[2] ?? '', 16)
      if (high >= 0xd800 && high < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
        return String.fromCharCode(high, low)
      }
      if (hex[2] !== undefined) reader.at -= 6
      return String.fromCharCode(high)
    }
    case 'c': {
      const control = reader.next()
      if (control === '') throw reader.error('Illegal control escape sequence')
      return String.fromCodePoint((control.codePointAt(0) ?? 0) ^ 64)
    }
  }
  if (/^[a-zA-Z]$/.test(letter)) throw reader.error('Illegal/unsupported escape sequence', start)
  return letter
}

function readNamedSet(reader: PatternReader, isNegated: boolean): Escape {
  const start = reader.at
  reader.countSet()
  const name = reader.match(/\{([^}]*)\}|(.)/suy)
  if (name === null) throw reader.error('Unclosed character family')
  const text = name[1] ?? name[2] ?? ''
  const set = namedSet(text)
  if (set === undefined) {
    throw reader.error(`Unknown or unsupported character property name {${text}}`, start)
  }
  return { kind: 'set', set, isNegated }
}

export function escapeAsClassItem(escape: Escape): string {
  if (escape.kind === 'char') return literal(escape.char)
  return escape.isNegated ? `[^${escape.set}]` : `[${escape.set}]`
}
