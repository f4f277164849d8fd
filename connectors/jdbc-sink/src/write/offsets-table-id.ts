import { ConfigError } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { Dialect, TableId } from '../dialects/dialect.ts'
import { splitQualifiedName, tableIdOf } from '../tables/table-id.ts'

/** @throws {ConfigError} for a name that names no table. */
export function offsetsTableId({ offsetsTable }: SinkSettings, dialect: Dialect): TableId {
  try {
    return dialect.adaptTableId(
      tableIdOf(splitQualifiedName(offsetsTable, dialect.identifierQuote), offsetsTable),
    )
  } catch (cause) {
    throw new ConfigError(
      `Invalid value ${offsetsTable} for configuration offsets.storage.table: ${(cause as Error).message}`,
      { key: 'offsets.storage.table', cause },
    )
  }
}
