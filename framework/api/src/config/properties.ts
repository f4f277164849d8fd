import { ConfigError } from '../errors/connect-errors.ts'

/**
 * Reads the text of a Java `.properties` file as `java.util.Properties.load(Reader)` does: `key=value`, `key: value`
 * or `key value`; `#` and `!` start a comment line; a backslash at a line's end continues it; `\t \n \r \f \uXXXX`
 * are escapes and any other escaped character stands for itself. The last of several equal keys wins.
 *
 * A byte order mark at the start is left out (Java would make it part of the first key).
 *
 * @throws {ConfigError} for a `\u` that four hexadecimal digits do not follow, naming the line.
 * @example parseProperties('bootstrap.servers = a:9092,\\\n  b:9092') // { 'bootstrap.servers': 'a:9092,b:9092' }
 */
export function parseProperties(text: string): Record<string, string> {
  const entries: [string, string][] = []
  for (const line of logicalLines(text.startsWith('\uFEFF') ? text.slice(1) : text)) {
    const { keyEnd, valueStart } = splitLine(line.text)
    entries.push([unescape(line.text.slice(0, keyEnd), line), unescape(line.text.slice(valueStart), line)])
  }
  // fromEntries defines own properties, so that a key such as __proto__ is only a key.
  return Object.fromEntries(entries)
}

/** A line after joining its continuations; `number` is where it starts, from 1. */
interface LogicalLine {
  readonly text: string
  readonly number: number
}

const isBlank = (char: string): boolean => char === ' ' || char === '\t' || char === '\f'

/** Joins continued lines and leaves out comments and blank lines. */
function* logicalLines(text: string): Generator<LogicalLine> {
  let collected = ''
  let firstLine = 0
  let lineNumber = 0
  for (const natural of text.split(/\r\n|\r|\n/)) {
    lineNumber++
    const content = natural.replace(/^[ \t\f]+/, '')
    // Java looks for comments and blank lines for as long as nothing has been collected, even after a lone backslash.
    if (collected === '') {
      if (content === '' || content.startsWith('#') || content.startsWith('!')) continue
      firstLine = lineNumber
    }
    collected += content
    if (endsInContinuation(content)) {
      collected = collected.slice(0, -1)
      continue
    }
    yield { text: collected, number: firstLine }
    collected = ''
  }
  if (collected !== '') yield { text: collected, number: firstLine }
}

/** True where the last backslash is not itself escaped. */
function endsInContinuation(line: string): boolean {
  const backslashes = /\\*$/.exec(line)?.[0].length ?? 0
  return backslashes % 2 === 1
}

/** Where the key ends and the value starts: blanks and at most one `=` or `:` stand between them. */
function splitLine(line: string): { keyEnd: number; valueStart: number } {
  let keyEnd = 0
  while (keyEnd < line.length) {
    const char = line.charAt(keyEnd)
    if (char === '\\') {
      keyEnd += 2
      continue
    }
    if (char === '=' || char === ':' || isBlank(char)) break
    keyEnd++
  }
  keyEnd = Math.min(keyEnd, line.length)
  let valueStart = keyEnd
  let hasSeparator = false
  for (; valueStart < line.length; valueStart++) {
    const char = line.charAt(valueStart)
    if (isBlank(char)) continue
    if (hasSeparator || (char !== '=' && char !== ':')) break
    hasSeparator = true
  }
  return { keyEnd, valueStart }
}

const ESCAPES: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f' }

function unescape(text: string, line: LogicalLine): string {
  if (!text.includes('\\')) return text
  let result = ''
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i)
    if (char !== '\\') {
      result += char
      continue
    }
    const escaped = text.charAt(++i)
    if (escaped !== 'u') {
      result += ESCAPES[escaped] ?? escaped
      continue
    }
    const digits = text.slice(i + 1, i + 5)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw new ConfigError(
        `Malformed \\uxxxx encoding in line ${line.number}: write four hexadecimal digits after \\u, or \\\\u for a backslash`,
      )
    }
    result += String.fromCharCode(Number.parseInt(digits, 16))
    i += 4
  }
  return result
}
