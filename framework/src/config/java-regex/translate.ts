import { ConfigError } from '../../errors/connect-errors.ts'
import { escapeAsClassItem, readEscape } from './escapes.ts'
import { literal, PatternReader } from './pattern-reader.ts'
import { readClass, readQuoted } from './read-class.ts'

/** A Java pattern in JavaScript's syntax, for flag v. */
export interface Translation {
  /** Java's group n is the named group `g<n>`. */
  readonly source: string
  readonly groupCount: number
  /** Number of each named group. */
  readonly groupNames: ReadonlyMap<string, number>
  /** How many parts repeat without an upper bound, or so often that it makes no odds. */
  readonly loops: number
  /** In how many ways the other parts can match, at most: alternatives and short repetitions, multiplied. */
  readonly ways: number
  /** True where a repeated part can match one text in several ways, so that matching may take exponential time. */
  readonly isRisky: boolean
}

interface Flags {
  readonly i: boolean
  readonly m: boolean
  readonly s: boolean
  readonly x: boolean
  readonly d: boolean
}

/** A piece of source. `isFixed`: one way to match only, of one length. */
interface Piece {
  readonly source: string
  readonly isFixed: boolean
  readonly ways: number
  readonly loops: number
}

const LINE_TERMINATORS = '\\n\\r\\x85\\u2028\\u2029'
// Without flag m, which is never set, these are the ends of the whole text.
const START = '^'
const END = '$'
/** From this upper bound on a counted repetition is as dangerous as one without bound. */
const LARGE_COUNT = 10
/** A pattern of this size compiles within some 50 ms, which is how long a request may hold its thread. */
const MAX_CHARACTERS = 20_000
const MAX_QUANTIFIERS = 1_000
const MAX_ALTERNATIVES = 5_000
const GROUP_NAME = /([a-zA-Z][a-zA-Z0-9]*)>/y

/** @throws {ConfigError} in the words of Java's `PatternSyntaxException`, and for a pattern over our limits. */
export function translateJavaRegex(pattern: string): Translation {
  return new Translator(pattern).run()
}

class Translator {
  readonly #reader: PatternReader
  readonly #names = new Map<string, number>()
  #flags: Flags = { i: false, m: false, s: false, x: false, d: false }
  #groups = 0
  #atomics = 0
  #quantifiers = 0
  #alternativesSeen = 0
  #isRisky = false

  constructor(pattern: string) {
    if (pattern.length > MAX_CHARACTERS) {
      throw new ConfigError(
        `A regular expression of ${pattern.length} characters is too long: at most ${MAX_CHARACTERS} are allowed`,
      )
    }
    this.#reader = new PatternReader(pattern)
  }

  run(): Translation {
    const { source, ways, loops } = this.#alternatives()
    if (!this.#reader.isAtEnd) throw this.#reader.error("Unmatched closing ')'", this.#reader.at - 1)
    return {
      source,
      groupCount: this.#groups,
      groupNames: this.#names,
      loops,
      ways,
      isRisky: this.#isRisky,
    }
  }

  /** Up to a closing parenthesis or the end. Flags set in it end with it. */
  #alternatives(): Piece {
    const outer = this.#flags
    const alternatives = [this.#sequence()]
    while (this.#reader.accept('|')) {
      if (++this.#alternativesSeen >= MAX_ALTERNATIVES) {
        throw this.#reader.error(`More than ${MAX_ALTERNATIVES} alternatives in one regular expression`)
      }
      alternatives.push(this.#sequence())
    }
    this.#flags = outer
    return {
      source: alternatives.map(({ source }) => source).join('|'),
      isFixed: alternatives.length === 1 && alternatives[0]?.isFixed === true,
      ways: alternatives.reduce((sum, { ways }) => sum + ways, 0),
      loops: alternatives.reduce((most, { loops }) => Math.max(most, loops), 0),
    }
  }

  #sequence(): Piece {
    const pieces: Piece[] = []
    for (;;) {
      if (this.#flags.x) this.#reader.match(/(?:\s+|#[^\n\r]*)+/y)
      const char = this.#reader.peek()
      if (char === '' || char === '|' || char === ')') return joined(pieces)
      const atom = this.#atom()
      if (atom !== null) pieces.push(this.#quantified(atom))
    }
  }

  /** Null where what was read only sets flags. */
  #atom(): Piece | null {
    const reader = this.#reader
    const start = reader.at
    const char = reader.next()
    switch (char) {
      case '(':
        return this.#group()
      case '[':
        return this.#fixed(readClass(reader, this.#flags.x))
      case '.':
        return this.#fixed(this.#dot())
      case '^':
        return this.#fixed(this.#flags.m ? `(?<![^${this.#lineEnds()}])(?=[\\s\\S])` : START)
      case '$':
        return this.#fixed(this.#flags.m ? `(?=[${this.#lineEnds()}]|${END})` : this.#lastLineEnd())
      case '\\':
        return this.#backslash()
      case '*':
      case '+':
      case '?':
        throw reader.error(`Dangling meta character '${char}'`, start)
      case '{':
        throw reader.error('Illegal repetition', start)
    }
    return this.#fixed(literal(char))
  }

  #fixed(source: string): Piece {
    return fixed(this.#flags.i ? `(?i:${source})` : source)
  }

  #lineEnds(): string {
    return this.#flags.d ? '\\n' : LINE_TERMINATORS
  }

  #dot(): string {
    return this.#flags.s ? '[\\s\\S]' : `[^${this.#lineEnds()}]`
  }

  /** Java's `$` and `\Z`: at the end, or before a line terminator that ends the text. */
  #lastLineEnd(): string {
    const terminator = this.#flags.d ? '\\n' : `(?:\\r\\n|(?<!\\r)\\n|[\\r\\x85\\u2028\\u2029])`
    return `(?=(?:${terminator})?${END})`
  }

  #backslash(): Piece {
    const reader = this.#reader
    const start = reader.at - 1
    const letter = reader.peek()
    switch (letter) {
      case 'Q': {
        reader.next()
        const quoted = readQuoted(reader)
        // A quantifier after \E repeats the last character only, as in Java.
        const last = quoted.pop()
        return last === undefined
          ? fixed('')
          : this.#withPrefix(quoted.map(literal).join(''), this.#fixed(literal(last)))
      }
      case 'b':
      case 'B':
        reader.next()
        return fixed(`\\${letter}`)
      case 'A':
        reader.next()
        return fixed(START)
      case 'z':
        reader.next()
        return fixed(END)
      case 'Z':
        reader.next()
        return fixed(this.#lastLineEnd())
      case 'R':
        reader.next()
        return { ...fixed(`(?:\\r\\n|[\\n\\v\\f\\r\\x85\\u2028\\u2029])`), isFixed: false, ways: 2 }
      case 'G':
      case 'X':
      case 'N':
        throw reader.error(`Escape sequence \\${letter} is not supported`, start)
      case 'k': {
        reader.next()
        const name = reader.accept('<') ? reader.match(GROUP_NAME)?.[1] : undefined
        const group = name === undefined ? undefined : this.#names.get(name)
        if (group === undefined) throw reader.error(`named capturing group <${name ?? ''}> does not exist`)
        return this.#backReference(group)
      }
    }
    if (/[1-9]/.test(letter)) return this.#backReference(this.#groupNumber())
    return this.#fixed(escapeAsClassItem(readEscape(reader)))
  }

  #withPrefix(prefix: string, last: Piece): Piece {
    if (prefix === '') return last
    return joined([this.#fixed(prefix), this.#quantified(last)])
  }

  /** One digit, and more only as long as there is such a group. */
  #groupNumber(): number {
    let group = Number(this.#reader.next())
    while (/\d/.test(this.#reader.peek())) {
      const longer = group * 10 + Number(this.#reader.peek())
      if (longer > this.#groups) break
      group = longer
      this.#reader.next()
    }
    if (group > this.#groups) throw this.#reader.error(`There is no group ${group} to refer back to`)
    return group
  }

  #backReference(group: number): Piece {
    // Each comparison may take as long as the text: as a loop does.
    return { ...this.#fixed(`\\k<g${group}>`), isFixed: false, loops: 1 }
  }

  #group(): Piece | null {
    const reader = this.#reader
    const start = reader.at - 1
    if (!reader.accept('?')) return this.#closed(`(?<g${++this.#groups}>`)
    for (const opening of [':', '=', '!', '<=', '<!']) {
      if (reader.accept(opening)) {
        const piece = this.#closed(`(?${opening}`)
        // A group around it, as JavaScript does not repeat what only looks.
        return opening === ':' ? piece : { ...piece, source: `(?:${piece.source})` }
      }
    }
    if (reader.accept('>')) {
      return this.#atomic(this.#closed('(?:'))
    }
    if (reader.accept('<')) {
      const name = reader.match(GROUP_NAME)?.[1]
      if (name === undefined) throw reader.error('capturing group name does not start with a Latin letter')
      if (this.#names.has(name)) throw reader.error(`Named capturing group <${name}> is already defined`)
      this.#names.set(name, ++this.#groups)
      return this.#closed(`(?<g${this.#groups}>`)
    }
    return this.#flagGroup(start)
  }

  /** `(?im-s)` for the rest of the group around it, or `(?im-s:…)`. */
  #flagGroup(start: number): Piece | null {
    const reader = this.#reader
    const found = reader.match(/([a-zA-Z]*)(?:-([a-zA-Z]*))?([:)])/y)
    if (found === null) throw reader.error('Unknown inline modifier')
    const [, on = '', off = '', end] = found
    const unsupported = [...on, ...off].find((flag) => !'imsxdu'.includes(flag))
    if (unsupported !== undefined)
      throw reader.error(`Unknown or unsupported inline modifier ${unsupported}`, start)
    const outer = this.#flags
    const changed: Record<keyof Flags, boolean> = { ...outer }
    for (const name of ['i', 'm', 's', 'x', 'd'] as const) {
      if (on.includes(name)) changed[name] = true
      if (off.includes(name)) changed[name] = false
    }
    this.#flags = changed
    if (end === ')') return null
    const piece = this.#closed('(?:')
    this.#flags = outer
    return piece
  }

  #closed(opening: string): Piece {
    this.#reader.enter()
    const inner = this.#alternatives()
    if (!this.#reader.accept(')')) throw this.#reader.error('Unclosed group', this.#reader.text.length)
    this.#reader.leave()
    return { ...inner, source: `${opening}${inner.source})` }
  }

  /** What has matched is never given back: a look ahead that is then taken as it was found. */
  #atomic(piece: Piece): Piece {
    const name = `atomic${++this.#atomics}`
    return { ...piece, source: `(?:(?=(?<${name}>${piece.source}))\\k<${name}>)`, isFixed: false }
  }

  #quantified(atom: Piece): Piece {
    const found = this.#reader.match(/([*+?]|\{(\d{1,9})(?:(,)(\d{1,9})?)?\})([?+])?/y)
    if (found === null) {
      if (this.#reader.peek() === '{') throw this.#reader.error('Illegal repetition range')
      return atom
    }
    const [, quantifier = '', min, comma, max, mode = ''] = found
    const upper =
      quantifier === '?' ? 1 : min === undefined ? Infinity : Number(max ?? (comma ? Infinity : min))
    const lower = quantifier === '+' ? 1 : Number(min ?? 0)
    if (lower > upper) throw this.#reader.error('Illegal repetition range')
    if (++this.#quantifiers > MAX_QUANTIFIERS) {
      throw this.#reader.error(`More than ${MAX_QUANTIFIERS} repetitions in one regular expression`)
    }
    const isLong = upper >= LARGE_COUNT
    const isExact = lower === upper
    if (upper > 1 && !atom.isFixed && (isLong || atom.loops > 0)) this.#isRisky = true
    const repeated: Piece = {
      source: `(?:${atom.source})${quantifier}`,
      isFixed: atom.isFixed && isExact,
      ways: isLong ? atom.ways : Math.pow(atom.ways, upper) * (upper - lower + 1),
      loops: atom.loops + (isLong && !isExact ? 1 : 0),
    }
    return mode === '+' ? this.#atomic(repeated) : { ...repeated, source: repeated.source + mode }
  }
}

function fixed(source: string): Piece {
  return { source, isFixed: true, ways: 1, loops: 0 }
}

function joined(pieces: readonly Piece[]): Piece {
  return {
    source: pieces.map(({ source }) => source).join(''),
    isFixed: pieces.every(({ isFixed }) => isFixed),
    ways: pieces.reduce((product, { ways }) => product * ways, 1),
    loops: pieces.reduce((sum, { loops }) => sum + loops, 0),
  }
}
