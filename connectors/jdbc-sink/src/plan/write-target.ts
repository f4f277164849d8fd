import { ConnectError } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { Binder, Bound, Dialect, TableStructure } from '../dialects/dialect.ts'
import type { Column } from '../values/column.ts'
import type { ResolvedTable } from '../tables/column-names.ts'
import { display } from '../tables/table-structures.ts'
import { tableKey } from '../tables/table-id.ts'
import type { RecordFields } from './field-sources.ts'
import type { SourceField } from './source-field.ts'

/** Where and how records of one shape are written: their table, its columns, and how each is read and bound. */
export interface WriteTarget {
  readonly tableKey: string
  readonly table: TableStructure
  /** Keys first, then the other fields. */
  readonly fields: readonly SourceField[]
  readonly columns: readonly Column[]
  readonly keyCount: number
  readonly binders: readonly Binder[]
  /** Texts that tell keys apart as the database does; null where that cannot be known. */
  readonly keyTexts: readonly ((bound: Bound) => string)[] | null
  /** Equal for targets with the same columns. */
  readonly columnsId: string
  readonly keyId: string
  readonly columnNames: ReadonlySet<string>
  /**
   * True where records of different keys may overtake each other: nothing but their own key constrains them, and a
   * write of one row touches no other.
   */
  readonly mayReorder: boolean
}

/** @throws {ConnectError} where the mode needs a key, or a unique index, that is not there. */
export function writeTarget(
  settings: SinkSettings,
  dialect: Dialect,
  fields: RecordFields,
  { table, columns }: ResolvedTable,
): WriteTarget {
  const ordered = [...fields.keys, ...fields.values]
  const byField = new Map(fields.all.map((field, i) => [field, columns[i] as Column]))
  const orderedColumns = ordered.map((field) => byField.get(field) as Column)
  const keyColumns = orderedColumns.slice(0, fields.keys.length)
  mustHaveIndex(settings, table, keyColumns)
  const keyTexts = fields.keys.map((field, i) => dialect.keyText(field, keyColumns[i] as Column))
  const areKeysExact = keyTexts.length > 0 && keyTexts.every((text) => text !== undefined)
  const keyNames = keyColumns.map((column) => column.name)
  return {
    tableKey: tableKey(table.id),
    table,
    fields: ordered,
    columns: orderedColumns,
    keyCount: keyColumns.length,
    binders: ordered.map((field, i) => dialect.binder(field, orderedColumns[i] as Column)),
    keyTexts: areKeysExact ? (keyTexts as ((bound: Bound) => string)[]) : null,
    columnsId: JSON.stringify(orderedColumns.map((column) => column.name)),
    keyId: JSON.stringify(keyNames),
    columnNames: new Set(orderedColumns.map((column) => column.name)),
    mayReorder:
      areKeysExact &&
      !table.hasSideEffects &&
      !table.hasOtherConstraints &&
      table.uniqueIndexes.every((index) => sameNames(index, keyNames)),
  }
}

/** @throws {ConnectError} for modes that address rows by key and have none. */
export function mustHaveKeys(settings: SinkSettings, table: string, keyCount: number): void {
  if (settings.mode === 'insert' || keyCount > 0) return
  throw new ConnectError(
    `Write to table '${table}' in ${settings.mode.toUpperCase()} mode requires key field names to be known, check the ` +
      `primary key configuration`,
  )
}

function mustHaveIndex(settings: SinkSettings, table: TableStructure, keys: readonly Column[]): void {
  if (settings.mode !== 'upsert' || table.kind === 'VIEW') return
  const names = keys.map((column) => column.name)
  if (table.uniqueIndexes.some((index) => sameNames(index, names))) return
  throw new ConnectError(
    `Table ${display(table.id)} has no primary key or unique index on (${names.join(', ')}), which insert.mode=upsert ` +
      `needs: create one on exactly these columns, or change pk.mode and pk.fields`,
  )
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name))
}
