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
  /** How many parts repeat without an upper bound. */
  readonly loops: number
  /** In how many ways parts without a loop match, as a power of two: alternatives, and what repeats up to a bound. */
  readonly choices: number
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
}

const LINE_TERMINATORS = '\\n\\r\\x85\\u2028\\u2029'
// Without flag m, which is never set, these are the ends of the whole text.
const START = '^'
const END = '$'
/** From this upper bound on a counted repetition is as dangerous as one without bound. */
const LARGE_COUNT = 10
const GROUP_NAME = /([a-zA-Z][a-zA-Z0-9]*)>/y
/** The choice of one repetition counts no more than that: alone it takes time by the length of the text. */
const MOST_BITS = 6
/** Beyond these, compiling a pattern keeps its thread for longer than a request may. */
const MOST_CHARACTERS = 20_000
const MOST_COST = 1_000
/** What parts of a pattern cost to compile, beside its length. */
const COST = { quantifier: 1, group: 2, property: 15 } as const

/** @throws {ConfigError} in the words of Java's `PatternSyntaxException`. */
export function translateJavaRegex(pattern: string): Translation {
  return new Translator(pattern).run()
}

class Translator {
  readonly #reader: PatternReader
  readonly #names = new Map<string, number>()
  #flags: Flags = { i: false, m: false, s: false, x: false, d: false }
  #groups = 0
  #atomics = 0
  #loops = 0
  #choices = 0
  #isRisky = false
  #cost = 0

  constructor(pattern: string) {
    this.#reader = new PatternReader(pattern)
  }

  run(): Translation {
    const { length } = this.#reader.text
    if (length > MOST_CHARACTERS) {
      throw new ConfigError(
        `A regular expression of ${length} characters is too long: at most ${MOST_CHARACTERS} are taken`,
      )
    }
    const { source } = this.#alternatives()
    if (!this.#reader.isAtEnd) throw this.#reader.error("Unmatched closing ')'", this.#reader.at - 1)
    return {
      source,
      groupCount: this.#groups,
      groupNames: this.#names,
      loops: this.#loops,
      choices: this.#choices,
      isRisky: this.#isRisky,
    }
  }

  /** Up to a closing parenthesis or the end. Flags set in it end with it. */
  #alternatives(): Piece {
    const outer = this.#flags
    const alternatives = [this.#sequence()]
    while (this.#reader.accept('|')) alternatives.push(this.#sequence())
    this.#flags = outer
    if (alternatives.length > 1) this.#choices++
    return {
      source: alternatives.map(({ source }) => source).join('|'),
      isFixed: alternatives.length === 1 && alternatives[0]?.isFixed === true,
    }
  }

  #sequence(): Piece {
    let source = ''
    let isFixed = true
    for (;;) {
      if (this.#flags.x) this.#reader.match(/(?:\s+|#[^\n\r]*)+/y)
      const char = this.#reader.peek()
      if (char === '' || char === '|' || char === ')') return { source, isFixed }
      const choices = this.#choices
      const atom = this.#atom()
      if (atom === null) continue
      const piece = this.#quantified(atom, this.#choices - choices)
      source += piece.source
      isFixed &&= piece.isFixed
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

  #spend(cost: number): void {
    this.#cost += cost
    if (this.#cost > MOST_COST) {
      throw this.#reader.error('Too many groups, repetitions and character properties: write it shorter')
    }
  }

  #fixed(source: string): Piece {
    this.#spend((source.split('\\p{').length - 1) * COST.property)
    return { source: this.#flags.i ? `(?i:${source})` : source, isFixed: true }
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
          ? { source: '', isFixed: true }
          : this.#withPrefix(quoted.map(literal).join(''), this.#fixed(literal(last)))
      }
      case 'b':
      case 'B':
        reader.next()
        return { source: `\\${letter}`, isFixed: true }
      case 'A':
        reader.next()
        return { source: START, isFixed: true }
      case 'z':
        reader.next()
        return { source: END, isFixed: true }
      case 'Z':
        reader.next()
        return { source: this.#lastLineEnd(), isFixed: true }
      case 'R':
        reader.next()
        return { source: `(?:\\r\\n|[\\n\\v\\f\\r\\x85\\u2028\\u2029])`, isFixed: false }
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
    const before = this.#fixed(prefix)
    const repeated = this.#quantified(last, 0)
    return { source: before.source + repeated.source, isFixed: repeated.isFixed }
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
    return { source: this.#fixed(`\\k<g${group}>`).source, isFixed: false }
  }

  #group(): Piece | null {
    this.#spend(COST.group)
    const reader = this.#reader
    const start = reader.at - 1
    if (!reader.accept('?')) return this.#closed(`(?<g${++this.#groups}>`)
    for (const opening of [':', '=', '!', '<=', '<!']) {
      if (reader.accept(opening)) {
        const piece = this.#closed(`(?${opening}`)
        // A group around it, as JavaScript does not repeat what only looks.
        return opening === ':' ? piece : { source: `(?:${piece.source})`, isFixed: piece.isFixed }
      }
    }
    if (reader.accept('>')) {
      const inner = this.#closed('(?:')
      return this.#atomic(inner.source)
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
    const inner = this.#alternatives()
    if (!this.#reader.accept(')')) throw this.#reader.error('Unclosed group', this.#reader.text.length)
    return { source: `${opening}${inner.source})`, isFixed: inner.isFixed }
  }

  /** What has matched is never given back: a look ahead that is then taken as it was found. */
  #atomic(source: string): Piece {
    const name = `atomic${++this.#atomics}`
    return { source: `(?:(?=(?<${name}>${source}))\\k<${name}>)`, isFixed: false }
  }

  /** @param choices those of the atom: each repetition has them anew. */
  #quantified(atom: Piece, choices: number): Piece {
    const found = this.#reader.match(/([*+?]|\{(\d{1,9})(?:(,)(\d{1,9})?)?\})([?+])?/y)
    if (found === null) {
      if (this.#reader.peek() === '{') throw this.#reader.error('Illegal repetition range')
      return atom
    }
    this.#spend(COST.quantifier)
    const [, quantifier = '', min, comma, max, mode = ''] = found
    const upper =
      quantifier === '?' ? 1 : min === undefined ? Infinity : Number(max ?? (comma ? Infinity : min))
    if (Number(min ?? 0) > upper) throw this.#reader.error('Illegal repetition range')
    if (upper >= LARGE_COUNT) {
      if (upper === Infinity) this.#loops++
      if (!atom.isFixed) this.#isRisky = true
    }
    const isSame = min !== undefined && comma === undefined
    if (upper > 1) this.#choices += choices * (Math.min(upper, LARGE_COUNT) - 1)
    if (!isSame && upper !== Infinity) {
      this.#choices += Math.min(Math.log2(upper - Number(min ?? 0) + 1), MOST_BITS)
    }
    if (mode === '+') return this.#atomic(`(?:${atom.source})${quantifier}`)
    return { source: `(?:${atom.source})${quantifier}${mode}`, isFixed: atom.isFixed && isSame }
  }
}
