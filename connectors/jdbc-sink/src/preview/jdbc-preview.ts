import {
  ConnectError,
  type ModuleDoor,
  type PreviewRequest,
  type RecordPreview,
  type SinkRecord,
} from '@spillway/api'
import { type SinkSettings, sinkSettings } from '../config/sink-settings.ts'
import type { SqlText } from '../dialects/dialect.ts'
import { createDialect } from '../dialects/index.ts'
import type { WriteTarget } from '../plan/write-target.ts'
import { DestinationTables } from '../tables/destination-tables.ts'
import { display, TableStructures } from '../tables/table-structures.ts'
import { bindRecord } from '../write/bind-record.ts'
import { RecordTargets } from '../write/record-targets.ts'
import { connectionText } from '../write/write-errors.ts'
import { PreviewDialect } from './preview-dialect.ts'
import { PreviewSession } from './preview-session.ts'

/** The tables that records would be written to, by the configuration alone: what statements that takes, only they tell. */
async function tablesOf(
  settings: SinkSettings,
  records: readonly SinkRecord[],
  modules: ModuleDoor,
): Promise<RecordPreview[]> {
  const dialect = await createDialect(settings, modules, () => undefined, true)
  const tables = new DestinationTables(settings, dialect.identifierQuote, (id) => dialect.adaptTableId(id))
  return records.map((record) => {
    const isNull = record.value === null || record.value === undefined
    if (isNull && !settings.deleteEnabled && settings.ignoresNullValues) return { destinations: [] }
    try {
      return { destinations: [display(tables.tableOf(record.topic))] }
    } catch (error) {
      return { destinations: [], error }
    }
  })
}

/**
 * The statements that records would become, each as if it came alone. The database is asked for its tables; what would
 * create or extend them is shown before the first record that needs it, and not run.
 */
export async function jdbcPreview({
  connectorName,
  config,
  records,
  isOffline,
  modules,
}: PreviewRequest): Promise<readonly RecordPreview[]> {
  const settings = sinkSettings(config, modules.plugins)
  if (isOffline) return await tablesOf(settings, records, modules)
  const real = await createDialect(settings, modules, () => undefined, true)
  let session: PreviewSession
  try {
    session = new PreviewSession(await real.connect())
  } catch (cause) {
    const text = connectionText(real, cause, settings.trimsSensitive)
    throw new ConnectError(`Could not connect to database (connection.url). ${text}`, { cause })
  }
  const dialect = new PreviewDialect(real, (id, columns, isNew) => session.plan(id, columns, isNew))
  const targets = new RecordTargets({
    settings,
    connectorName,
    dialect,
    tables: new DestinationTables(settings, dialect.identifierQuote, (id) => dialect.adaptTableId(id)),
    structures: new TableStructures(settings, dialect, () => undefined),
  })
  const previewOf = async (record: SinkRecord): Promise<RecordPreview> => {
    dialect.reset()
    const isNull = record.value === null || record.value === undefined
    if (isNull && !settings.deleteEnabled && settings.ignoresNullValues) return { destinations: [] }
    const target = await targets.targetOf(session, record)
    if (target === null) return { destinations: [] }
    const { isDelete, row } = bindRecord(record, target)
    const operation = isDelete ? 'delete' : settings.mode
    const changes = session.takeStatements().map((sql): SqlText => ({ sql }))
    const { table, columns, keyCount, binders } = target
    const rows = dialect.statements(operation, { table, columns, keyCount, binders, rows: [row] })
    return { destinations: [nameOf(target)], statements: [...changes, ...rows] }
  }
  try {
    const previews: RecordPreview[] = []
    for (const record of records) {
      previews.push(await previewOf(record).catch((error: unknown) => ({ destinations: [], error })))
    }
    return previews
  } finally {
    await session.close()
  }
}

function nameOf({ table }: WriteTarget): string {
  return display(table.id)
}
