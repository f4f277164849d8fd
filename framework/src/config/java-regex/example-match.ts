import { ConfigError } from '../../errors/connect-errors.ts'
import { JavaRegex } from './java-regex.ts'
import { PatternReader } from './pattern-reader.ts'

/** What stands for a part that repeats without bound, the first that fits. */
const WORDS = ['example', 'EXAMPLE', '1']
/** What stands for one character. */
const CHARACTERS = ['e', 'E', '1', '-', '_', '.']

/** The longest name a topic can have. */
const LONGEST = 249
/** Parts that may be tried, each with patterns of its own, and how long the last match may take, in ms. */
const MOST_PARTS = 100
const MATCH_MS = 10

const LOOK_AROUND = /\(\?<?[=!]/
const ESCAPE = /\\(?:[pP]\{\w+\}|.)/y
const GROUP_HEAD = /\((?:\?(?:<\w+>|>|[a-zA-Z]*:))?/y
const QUANTIFIER = /(?:([*+?])|\{(\d+)(,?)\d*\})[?+]?/y

/**
 * A text that a pattern in Java's syntax matches, made up of `example` where it is free; undefined where none is found, as
 * where it looks around or refers back. Of alternatives it takes the first.
 *
 * @example exampleMatch('(orders|refunds)-.*') // 'orders-example'
 */
export function exampleMatch(pattern: string): string | undefined {
  if (LOOK_AROUND.test(pattern)) return undefined
  const reader = new ExampleReader(pattern)
  try {
    const regex = JavaRegex.compile(pattern)
    const text = alternatives(reader)
    return reader.isAtEnd && regex.matches(text, MATCH_MS) ? text : undefined
  } catch {
    return undefined
  }
}

/** Gives up where an example would be too long for a topic's name, or take too many tries. */
class ExampleReader extends PatternReader {
  #parts = 0

  override match(expression: RegExp): RegExpExecArray | null {
    const found = super.match(expression)
    if (found !== null && ++this.#parts > MOST_PARTS) throw new ConfigError('Too many parts')
    return found
  }
}

/** @throws {ConfigError} for one that is too long. */
function short(text: string, times = 1): string {
  if (text.length * times > LONGEST) throw new ConfigError('Too long')
  return text.repeat(times)
}

function alternatives(reader: PatternReader): string {
  const first = sequence(reader)
  while (reader.accept('|')) sequence(reader)
  return first
}

function sequence(reader: PatternReader): string {
  let text = ''
  while (!reader.isAtEnd && reader.peek() !== '|' && reader.peek() !== ')')
    text = short(text + repeated(reader))
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
  return short(once, Number(least))
}

function atom(reader: PatternReader): string {
  if (reader.match(GROUP_HEAD) !== null) {
    const inner = alternatives(reader)
    reader.accept(')')
    return inner
  }
  if (reader.peek() === '[') return character(characterClass(reader))
  const escape = reader.match(ESCAPE)
  if (escape !== null) return character(escape[0])
  const char = reader.next()
  if (char === '^' || char === '$') return ''
  return char === '.' ? character(char) : char
}

/** A class with those that are nested in it. */
function characterClass(reader: PatternReader): string {
  const from = reader.at
  let depth = 0
  do {
    const char = reader.next()
    if (char === '\\') reader.next()
    else if (char === '[') depth++
    else if (char === ']') depth--
  } while (depth > 0 && !reader.isAtEnd)
  return reader.text.slice(from, reader.at)
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
    const regex = JavaRegex.compile(source)
    return candidates.find((candidate) => regex.matches(candidate))
  } catch {
    // A part that means nothing by itself, such as a back reference.
    return undefined
  }
}
