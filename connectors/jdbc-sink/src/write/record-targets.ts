import type { Schema, SinkRecord } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { Dialect, Session } from '../dialects/dialect.ts'
import { recordFields, type RecordSchemas } from '../plan/field-sources.ts'
import { validateRecord } from '../plan/record-validator.ts'
import { InferredSchemas } from '../plan/schemaless.ts'
import { mustHaveKeys, type WriteTarget, writeTarget } from '../plan/write-target.ts'
import type { DestinationTables } from '../tables/destination-tables.ts'
import type { TableStructures } from '../tables/table-structures.ts'

/** A target and the schemas it is for. */
interface KnownTarget {
  readonly key: Schema | null
  readonly value: Schema | null
  readonly target: WriteTarget
}

const MAX_TARGETS_PER_TOPIC = 256

/** Finds where each record is written; creates and extends tables on the way. */
export class RecordTargets {
  readonly #settings: SinkSettings
  readonly #connectorName: string
  readonly #dialect: Dialect
  readonly #tables: DestinationTables
  readonly #structures: TableStructures
  readonly #inferred = new InferredSchemas()
  /** Per topic, the one used last in front. */
  readonly #known = new Map<string, KnownTarget[]>()

  constructor(parts: {
    settings: SinkSettings
    connectorName: string
    dialect: Dialect
    tables: DestinationTables
    structures: TableStructures
  }) {
    this.#settings = parts.settings
    this.#connectorName = parts.connectorName
    this.#dialect = parts.dialect
    this.#tables = parts.tables
    this.#structures = parts.structures
  }

  /** All tables are looked at again. */
  forget(): void {
    this.#known.clear()
    this.#structures.forget()
  }

  /**
   * The record's target; null for a delete from a table that does not exist yet, which changes nothing.
   *
   * @throws {DataError} for a record that cannot be written; {@link ConnectError} for a configuration that cannot.
   */
  async targetOf(session: Session, record: SinkRecord): Promise<WriteTarget | null> {
    return await this.#resolve(session, record, this.#validSchemasOf(record))
  }

  /** The record's target where its shape is known: the usual case, which costs no turn of the event loop. */
  knownTargetOf(record: SinkRecord): WriteTarget | undefined {
    return this.#lookUp(record.topic, this.#validSchemasOf(record))
  }

  #validSchemasOf(record: SinkRecord): RecordSchemas {
    const schemas = this.#schemasOf(record)
    validateRecord(this.#settings, this.#connectorName, record, schemas)
    return this.#usedSchemas(schemas)
  }

  #schemasOf(record: SinkRecord): RecordSchemas {
    const key = record.keySchema ?? (this.#needsKey() ? this.#inferred.ofKey(record.key) : null)
    // A tombstone's schema, where it has one, says nothing of its row.
    if (record.value === null || record.value === undefined) return { key, value: null }
    return { key, value: record.valueSchema ?? this.#inferred.ofValue(record.value) }
  }

  #needsKey(): boolean {
    return this.#settings.pkMode === 'record_key' || this.#settings.deleteEnabled
  }

  #lookUp(topic: string, { key, value }: RecordSchemas): WriteTarget | undefined {
    const known = this.#known.get(topic)
    if (known === undefined) return undefined
    const first = known[0]
    if (first !== undefined && isSame(first, key, value)) return first.target
    const at = known.findIndex((entry) => isSame(entry, key, value) || isEqual(entry, key, value))
    const found = known[at]
    if (found === undefined) return undefined
    known.splice(at, 1)
    // The schemas at hand come in front, so that the next look is a comparison of references.
    known.unshift({ key, value, target: found.target })
    return found.target
  }

  async #resolve(session: Session, record: SinkRecord, schemas: RecordSchemas): Promise<WriteTarget | null> {
    const { topic } = record
    const id = this.#tables.tableOf(topic)
    const fields = recordFields(this.#settings, topic, id.name, schemas)
    mustHaveKeys(this.#settings, id.name, fields.keys.length)
    const isDelete = schemas.value === null
    const before = await this.#structures.find(session, id)
    if (isDelete && this.#settings.autoCreate && before === null) return null
    const resolved = await this.#structures.ensure(session, id, fields.all)
    // Where the table is another now, a field may have a column of its own that took one in another case before.
    if (resolved.table !== before) this.#known.clear()
    const target = writeTarget(this.#settings, this.#dialect, fields, resolved)
    this.#remember(topic, { ...schemas, target })
    return target
  }

  /** Confluent's sink reads the key only where the key is asked for. */
  #usedSchemas(schemas: RecordSchemas): RecordSchemas {
    return this.#settings.pkMode === 'record_key' ? schemas : { key: null, value: schemas.value }
  }

  #remember(topic: string, entry: KnownTarget): void {
    const known = this.#known.get(topic)
    if (known === undefined) {
      this.#known.set(topic, [entry])
      return
    }
    known.unshift(entry)
    if (known.length > MAX_TARGETS_PER_TOPIC) known.pop()
  }
}

function isSame(entry: KnownTarget, key: Schema | null, value: Schema | null): boolean {
  return entry.key === key && entry.value === value
}

function isEqual(entry: KnownTarget, key: Schema | null, value: Schema | null): boolean {
  return equalSchemas(entry.key, key) && equalSchemas(entry.value, value)
}

function equalSchemas(a: Schema | null, b: Schema | null): boolean {
  return a === b || (a !== null && a.equals(b))
}
