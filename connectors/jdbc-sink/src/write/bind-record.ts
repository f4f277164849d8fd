import { DataError, isConnectError, type SinkRecord } from '@spillway/api'
import type { Bound } from '../dialects/dialect.ts'
import type { Change } from '../plan/changes.ts'
import type { WriteTarget } from '../plan/write-target.ts'

/**
 * Reads and binds the fields of a record for its target.
 *
 * @throws {DataError} for a value its column cannot take.
 */
export function bindRecord(record: SinkRecord, target: WriteTarget): Change {
  const isDelete = record.value === null || record.value === undefined
  const count = isDelete ? target.keyCount : target.fields.length
  const row: Bound[] = []
  for (let i = 0; i < count; i++) {
    const value = target.fields[i]?.read(record) ?? null
    row.push(value === null ? null : bindValue(target, i, value))
  }
  return { target, isDelete, row }
}

function bindValue(target: WriteTarget, i: number, value: unknown): Bound {
  try {
    return target.binders[i]?.bind(value)
  } catch (error) {
    if (isConnectError(error)) throw error
    // The message of a conversion that fails may hold the value: only its kind is told.
    throw new DataError(
      `The value of field ${target.fields[i]?.name} does not fit its schema ${target.fields[i]?.schema.toString()}: ` +
        `${(error as Error).name}, found a ${typeof value}`,
    )
  }
}
