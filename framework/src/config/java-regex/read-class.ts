import { escapeAsClassItem, readEscape } from './escapes.ts'
import { literal, type PatternReader } from './pattern-reader.ts'

/**
 * Reads a character class, with nested classes and intersections, and returns it for flag v; the opening bracket has
 * been read.
 *
 * @param isCommented blanks in it do not count: Java's flag x.
 */
export function readClass(reader: PatternReader, isCommented: boolean): string {
  const start = reader.at - 1
  reader.enter()
  reader.countSet()
  const isNegated = reader.accept('^')
  const operands: string[] = []
  let items: string[] = []
  for (let isFirst = true; ; isFirst = false) {
    if (reader.isAtEnd) throw reader.error('Unclosed character class', reader.text.length - 1)
    if (isCommented && reader.match(/\s+/y) !== null) continue
    if (!isFirst && reader.accept(']')) break
    if (reader.accept('[')) {
      items.push(readClass(reader, isCommented))
    } else if (reader.accept('&&')) {
      // Java lets && stand next to nothing or to itself, which then means nothing.
      if (items.length > 0) operands.push(`[${items.join('')}]`)
      items = []
    } else {
      items.push(readItem(reader))
    }
  }
  if (items.length > 0) operands.push(`[${items.join('')}]`)
  if (operands.length === 0) throw reader.error('Bad class syntax', start)
  reader.leave()
  return `[${isNegated ? '^' : ''}${operands.join('&&')}]`
}

/** A character, a set, or a range of characters. */
function readItem(reader: PatternReader): string {
  if (reader.accept('\\Q')) return readQuoted(reader).map(literal).join('')
  const first = readEnd(reader)
  if (first.char === undefined) return first.source
  const { at } = reader
  if (!reader.accept('-')) return first.source
  // A hyphen before the end or a nested class stands for itself.
  if (reader.isAtEnd || reader.peek() === ']' || reader.peek() === '[') {
    reader.at = at
    return first.source
  }
  const last = readEnd(reader)
  if (last.char === undefined || (last.char.codePointAt(0) ?? 0) < (first.char.codePointAt(0) ?? 0)) {
    throw reader.error('Illegal character range', reader.at - 1)
  }
  return `${first.source}-${last.source}`
}

function readEnd(reader: PatternReader): { source: string; char?: string } {
  if (!reader.accept('\\')) {
    const char = reader.next()
    return { source: literal(char), char }
  }
  const escape = readEscape(reader)
  return escape.kind === 'char'
    ? { source: literal(escape.char), char: escape.char }
    : { source: escapeAsClassItem(escape) }
}

/** The characters up to `\E` or the end; `\Q` has been read. */
export function readQuoted(reader: PatternReader): string[] {
  const end = reader.text.indexOf('\\E', reader.at)
  const quoted = reader.text.slice(reader.at, end < 0 ? undefined : end)
  reader.at = end < 0 ? reader.text.length : end + 2
  return [...quoted]
}
