/** A piece of a date pattern: a run of one letter, or text to copy. */
export type JodaToken =
  | { readonly type: 'literal'; readonly text: string }
  | { readonly type: 'field'; readonly letter: string; readonly count: number }

const FIELD_LETTERS = 'GCxweEYyDMdaKhHkmsSzZ'

/**
 * Cuts a Joda-Time pattern into its pieces. ASCII letters are fields, text in quotes and everything else is copied,
 * two quotes are one.
 *
 * @throws {RangeError} `Illegal pattern component: T`
 */
export function jodaTokens(pattern: string): JodaToken[] {
  if (pattern === '') throw new RangeError('Invalid pattern specification: Pattern is null or empty')
  const tokens: JodaToken[] = []
  let at = 0
  while (at < pattern.length) {
    const run = /^([A-Za-z])\1*/.exec(pattern.slice(at))
    if (run !== null) {
      const letter = run[1] ?? ''
      if (!FIELD_LETTERS.includes(letter)) throw new RangeError(`Illegal pattern component: ${run[0]}`)
      tokens.push({ type: 'field', letter, count: run[0].length })
      at += run[0].length
      continue
    }
    const literal = readLiteral(pattern, at)
    tokens.push({ type: 'literal', text: literal.text })
    at = literal.end
  }
  return tokens
}

function readLiteral(pattern: string, start: number): { readonly text: string; readonly end: number } {
  let text = ''
  let isQuoted = false
  let at = start
  for (; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === "'") {
      if (pattern.charAt(at + 1) === "'") {
        text += char
        at++
      } else isQuoted = !isQuoted
    } else if (!isQuoted && /[A-Za-z]/.test(char)) break
    else text += char
  }
  return { text, end: at }
}
