import type { RowOperation, RowSet, TableId } from '../dialect.ts'

/** How names are written, and how a new value is named in ON DUPLICATE KEY UPDATE. */
export interface MysqlStyle {
  quoteName(name: string): string
  quoteTable(id: TableId): string
  /** MySQL 8.0.20 names the new row; MariaDB has VALUES() only. */
  readonly hasRowAlias: boolean
  /** Largest statement in bytes the server takes. */
  readonly maxBytes: number
}

/** The parts of a statement for many rows, to be joined as far as they fit. */
interface Frame {
  readonly start: string
  readonly separator: string
  readonly end: string
  row(values: readonly string[]): string
}

/** Statements for all rows of a set, each below the server's limit. Rows are applied in their order. */
export function* setStatements(operation: RowOperation, set: RowSet, style: MysqlStyle): Iterable<string> {
  const frame = frameOf(operation, set, style)
  let text = ''
  let bytes = 0
  for (const row of set.rows) {
    const part = frame.row(row.map((value) => (value === null ? 'NULL' : (value as string))))
    const size = Buffer.byteLength(part) + frame.separator.length
    if (text !== '' && bytes + size > style.maxBytes) {
      yield `${frame.start}${text}${frame.end}`
      text = ''
      bytes = 0
    }
    text += text === '' ? part : `${frame.separator}${part}`
    bytes += size
  }
  if (text !== '') yield `${frame.start}${text}${frame.end}`
}

function frameOf(operation: RowOperation, set: RowSet, style: MysqlStyle): Frame {
  const table = style.quoteTable(set.table.id)
  const names = set.columns.map((column) => style.quoteName(column.name))
  const keys = names.slice(0, set.keyCount)
  const isLoose = set.columns.slice(0, set.keyCount).map((column) => column.isLoose)
  const sameKey = (values: readonly string[]): string =>
    keys.map((name, i) => equality(name, values[i] ?? 'NULL', isLoose[i] === true)).join(' AND ')
  switch (operation) {
    case 'delete':
      return keys.length === 1 && isLoose[0] === false
        ? {
            start: `DELETE FROM ${table} WHERE ${keys[0]} IN (`,
            separator: ',',
            end: ')',
            row: (values) => values[0] ?? 'NULL',
          }
        : {
            start: `DELETE FROM ${table} WHERE `,
            separator: ' OR ',
            end: '',
            row: (values) => `(${sameKey(values)})`,
          }
    case 'update':
      return {
        start: '',
        separator: ';',
        end: '',
        row: (values) => updateOf(table, names, isLoose, values),
      }
    case 'insert':
    case 'upsert':
      return {
        start: `INSERT INTO ${table}(${names.join(',')}) VALUES`,
        separator: ',',
        end: operation === 'insert' ? '' : onDuplicate(names, isLoose, style),
        row: (values) => `(${values.join(',')})`,
      }
  }
}

/** Equality of a key; where the column passes over case, accents or spaces, also of its bytes. */
function equality(name: string, value: string, isLoose: boolean): string {
  const equal = `${name} = ${value}`
  // The index finds what may be equal; the column may have another character set than the literal.
  return isLoose
    ? `${equal} AND CAST(CONVERT(${name} USING utf8mb4) AS BINARY) = CAST(${value} AS BINARY)`
    : equal
}

/** @param isLoose of each key column, which come first. */
function onDuplicate(names: readonly string[], isLoose: readonly boolean[], style: MysqlStyle): string {
  // With nothing but keys, a key set to itself makes the row that is there stay.
  const changed = names.length > isLoose.length ? names.slice(isLoose.length) : names.slice(0, 1)
  const newValue = (name: string): string => (style.hasRowAlias ? `new_row.${name}` : `values(${name})`)
  const alias = style.hasRowAlias ? ' AS new_row' : ''
  const guards = names.flatMap((name, i) => (isLoose[i] === true ? [guard(name, newValue(name))] : []))
  const changes = [...guards, ...changed.map((name) => `${name}=${newValue(name)}`)]
  return `${alias} ON DUPLICATE KEY UPDATE ${changes.join(',')}`
}

/** Sets the key to itself; where the new one has other bytes to NULL, which the column refuses: see the session. */
function guard(name: string, newValue: string): string {
  return `${name}=IF(CAST(${name} AS BINARY) = CAST(${newValue} AS BINARY),${name},NULL)`
}

/**
 * `UPDATE … SET … WHERE key`, for one row of literals.
 *
 * @param isLoose of each key column, which come first.
 */
export function updateOf(
  table: string,
  names: readonly string[],
  isLoose: readonly boolean[],
  values: readonly string[],
): string {
  const keyCount = isLoose.length
  const assign = (from: number, to: number): string =>
    names
      .slice(from, to)
      .map((name, i) => `${name} = ${values[from + i] ?? 'NULL'}`)
      .join(', ')
  // Nothing but keys: the key set to itself tells whether the row is there.
  const changes = names.length > keyCount ? assign(keyCount, names.length) : assign(0, 1)
  const key = isLoose.map((loose, i) => equality(names[i] ?? '', values[i] ?? 'NULL', loose))
  return `UPDATE ${table} SET ${changes} WHERE ${key.join(' AND ')}`
}
