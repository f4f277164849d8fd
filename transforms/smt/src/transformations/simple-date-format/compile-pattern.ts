/** The letters that `SimpleDateFormat` knows. */
const LETTERS = 'GyYMLwWDdFEuaHkKhmsSzZX'

/** A piece of a pattern: a text, or a letter with how often it stands there. */
export type PatternItem =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly letter: string; readonly count: number }

/** A pattern that `SimpleDateFormat` refuses. */
export class PatternError extends Error {}

/** Splits a pattern into letters and texts. @throws {PatternError} in Java's words. */
export function compilePattern(pattern: string): PatternItem[] {
  const items: PatternItem[] = []
  let text = ''
  const endText = (): void => {
    if (text !== '') items.push({ kind: 'text', text })
    text = ''
  }
  let isQuoted = false
  for (let at = 0; at < pattern.length; at++) {
    const char = pattern.charAt(at)
    if (char === "'") {
      // Two quotes are one, in or out of a quoted text.
      if (pattern.charAt(at + 1) === "'") {
        text += "'"
        at++
      } else {
        isQuoted = !isQuoted
      }
    } else if (isQuoted || !/[a-zA-Z]/.test(char)) {
      text += char
    } else {
      endText()
      let end = at
      while (pattern.charAt(end) === char) end++
      items.push(field(char, end - at))
      at = end - 1
    }
  }
  if (isQuoted) throw new PatternError('Unterminated quote')
  endText()
  return items
}

function field(letter: string, count: number): PatternItem {
  if (!LETTERS.includes(letter)) throw new PatternError(`Illegal pattern character '${letter}'`)
  if (letter === 'X' && count > 3) throw new PatternError(`invalid ISO 8601 format: length=${count}`)
  return { kind: 'field', letter, count }
}
