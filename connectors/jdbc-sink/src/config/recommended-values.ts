import type { RawConfig } from '@spillway/api'
import { resolveAliases } from './alias-keys.ts'

export const PK_MODES = ['none', 'kafka', 'record_key', 'record_value'] as const

/** Deletes need the key of the record: where they are enabled, no other mode is offered (Java: `PrimaryKeyModeRecommender`). */
export function pkModeChoices(raw: RawConfig): readonly string[] {
  return deletes(raw) ? ['record_key'] : PK_MODES
}

/** Deletes are offered where the key of the record is the primary key (Java: `DeleteEnabledRecommender`). */
export function deleteEnabledChoices(raw: RawConfig): readonly string[] {
  return pkModeOf(raw) === 'record_key' ? ['true', 'false'] : ['false']
}

/** True where a configuration, right or wrong, asks for deletes. */
export function deletes(raw: RawConfig): boolean {
  return resolveAliases(raw)['delete.enabled']?.trim().toLowerCase() === 'true'
}

/** The mode as it is written, in lower case. */
export function pkModeOf(raw: RawConfig): string {
  return (resolveAliases(raw)['pk.mode'] ?? 'none').trim().toLowerCase()
}
