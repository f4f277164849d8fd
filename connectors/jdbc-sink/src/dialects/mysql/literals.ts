import mysql from 'mysql2'

const NEEDS_ESCAPE = /["'\\\p{Cc}]/u

/** A text as SQL literal; the session has backslash escapes (see the dialect's session settings). */
export function textLiteral(text: string): string {
  return NEEDS_ESCAPE.test(text) ? mysql.escape(text) : `'${text}'`
}
