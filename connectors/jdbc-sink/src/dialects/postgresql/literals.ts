const NEEDS_ESCAPE = /["\\]/g
const COPY_SPECIAL = /[\\\t\n\r]/

const COPY_ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

/** `{"a","b",NULL}`: elements always in quotes, so that no text is taken for NULL or for a brace. */
export function arrayLiteral(elements: readonly (string | null)[], isNested = false): string {
  let text = '{'
  for (let i = 0; i < elements.length; i++) {
    if (i > 0) text += ','
    const element = elements[i]
    if (element === null || element === undefined) text += 'NULL'
    else if (isNested) text += element
    else text += `"${element.replace(NEEDS_ESCAPE, '\\$&')}"`
  }
  return `${text}}`
}

/** One column of many rows as an array literal. */
export function columnLiteral(rows: readonly (readonly unknown[])[], column: number): string {
  let text = '{'
  for (let i = 0; i < rows.length; i++) {
    if (i > 0) text += ','
    const value = rows[i]?.[column] as string | null
    if (value === null) text += 'NULL'
    else text += `"${value.replace(NEEDS_ESCAPE, '\\$&')}"`
  }
  return `${text}}`
}

/** A value in COPY's text format. */
export function copyText(value: string): string {
  if (!COPY_SPECIAL.test(value)) return value
  return value.replace(/[\\\t\n\r]/g, (c) => COPY_ESCAPES[c] ?? c)
}

/** Rows in COPY's text format: tabs between, `\N` for null. */
export function copyRows(rows: readonly (readonly unknown[])[]): string {
  let text = ''
  for (const row of rows) {
    for (let i = 0; i < row.length; i++) {
      if (i > 0) text += '\t'
      const value = row[i] as string | null
      text += value === null ? '\\N' : copyText(value)
    }
    text += '\n'
  }
  return text
}

/** A text as SQL literal; backslashes mean themselves (standard_conforming_strings is on). */
export function stringLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
