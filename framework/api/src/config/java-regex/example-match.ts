import { JavaRegex } from './java-regex.ts'
import { PatternReader } from './pattern-reader.ts'
import { SlowRegexError } from './slow-regex-error.ts'

/** What stands for a part that repeats without bound, the first that fits. */
const WORDS = ['example', 'EXAMPLE', '1']
/** A topic has at most 249 characters. */
const MAX_TEXT = 249
/** Every part that repeats is tried by itself, with all that lies in it: work by the square of the length. */
const MAX_PATTERN = 500
const MAX_REPEATED = 30
/** For the whole pattern; its parts are tried with a few characters only. */
const LIMIT_MS = 10
/** What stands for one character. */
const CHARACTERS = ['e', 'E', '1', '-', '_', '.']

const LOOK_AROUND = /\(\?<?[=!]/
const CLASS = /\[(?:\\.|\[(?:\\.|[^\]\\])*\]|[^\]\\])+\]/y
const ESCAPE = /\\(?:[pP]\{\w+\}|.)/y
const GROUP_HEAD = /\((?:\?(?:<\w+>|>|[a-zA-Z]*:))?/y
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)\d*\})[?+]?/y

/**
 * A text that a pattern in Java's syntax matches, with `example` where the pattern allows any text. Undefined where no
 * text is found, for example with look-arounds or back references, and where the pattern or the text is too long for a
 * topic. Of alternatives it takes the first.
 *
 * @example exampleMatch('(orders|refunds)-.*') // 'orders-example'
 */
export function exampleMatch(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN || LOOK_AROUND.test(pattern)) return undefined
  if (pattern.split(/[*+{]/).length > MAX_REPEATED) return undefined
  const reader = new PatternReader(pattern)
  const text = alternatives(reader)
  if (!reader.isAtEnd || text.length > MAX_TEXT) return undefined
  try {
    return JavaRegex.compile(pattern, { limitMs: LIMIT_MS }).matches(text) ? text : undefined
  } catch (error) {
    if (error instanceof SlowRegexError) return undefined
    throw error
  }
}

function alternatives(reader: PatternReader): string {
  const first = sequence(reader)
  while (reader.accept('|')) sequence(reader)
  return first
}

function sequence(reader: PatternReader): string {
  let text = ''
  while (!reader.isAtEnd && reader.peek() !== '|' && reader.peek() !== ')') text += repeated(reader)
  return text
}

function repeated(reader: PatternReader): string {
  const from = reader.at
  const once = atom(reader)
  const source = reader.text.slice(from, reader.at)
  const quantifier = reader.match(QUANTIFIER)
  if (quantifier === null) return once
  const [, sign, least, comma] = quantifier
  const isLiteral = once === source
  if (sign === '?' || (sign === '*' && isLiteral)) return ''
  if (sign !== undefined || (comma === ',' && least === '0')) return isLiteral ? once : word(source, once)
  // Longer than any topic is all that has to be told of a longer one.
  return once.repeat(Math.min(Number(least), MAX_TEXT + 1)).slice(0, MAX_TEXT + 1)
}

function atom(reader: PatternReader): string {
  if (reader.match(GROUP_HEAD) !== null) {
    const inner = alternatives(reader)
    reader.accept(')')
    return inner
  }
  const set = reader.match(CLASS) ?? reader.match(ESCAPE)
  if (set !== null) return character(set[0])
  const char = reader.next()
  if (char === '^' || char === '$') return ''
  return char === '.' ? character(char) : char
}

/** A character of a class or an escape: one that says itself, such as `\.`, is found too. */
function character(source: string): string {
  const own = source.startsWith('\\') ? [source.slice(1)] : []
  return firstMatch(source, [...own.filter((text) => /^\W$/.test(text)), ...CHARACTERS]) ?? ''
}

function word(source: string, once: string): string {
  return firstMatch(`(?:${source})+`, WORDS) ?? once
}

function firstMatch(source: string, candidates: readonly string[]): string | undefined {
  try {
    const regex = JavaRegex.compile(source, { limitMs: LIMIT_MS })
    return candidates.find((candidate) => regex.matches(candidate))
  } catch {
    // A part that means nothing by itself, such as a back reference.
    return undefined
  }
}
