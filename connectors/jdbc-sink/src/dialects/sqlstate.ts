import type { FailureClass } from './dialect.ts'

const CODES: Readonly<Record<string, FailureClass>> = {
  '23503': 'reference',
  '40001': 'contention',
  '40P01': 'contention',
  '55P03': 'contention',
  '25006': 'systemic',
  '57014': 'systemic',
  '21000': 'record',
  '42804': 'record',
  '42P01': 'schema',
  '42703': 'schema',
  '42P10': 'schema',
  '42701': 'schema',
  '42P07': 'schema',
  // Concurrent CREATE TABLE: the loser meets the catalog's own unique index.
  '42710': 'schema',
  '0A000': 'config',
  '3D000': 'config',
  '3F000': 'config',
}

const CLASSES: Readonly<Record<string, FailureClass>> = {
  '08': 'systemic',
  '22': 'record',
  '23': 'record',
  '28': 'systemic',
  // Raised by functions and triggers of the database itself, for what they were given.
  '2F': 'record',
  '38': 'record',
  '40': 'contention',
  '42': 'config',
  '44': 'record',
  '45': 'record',
  '53': 'systemic',
  '54': 'record',
  '57': 'systemic',
  '58': 'systemic',
  P0: 'record',
  XX: 'unknown',
}

/** The class of an SQLSTATE: what may be done about it. */
export function classOfSqlState(state: string): FailureClass {
  return CODES[state] ?? CLASSES[state.slice(0, 2)] ?? 'unknown'
}

/** Codes of Node for a server that cannot be reached or has gone. */
const NETWORK = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EADDRNOTAVAIL',
  'ERR_STREAM_DESTROYED',
  'ERR_STREAM_PREMATURE_CLOSE',
  'EMFILE',
  'ETLS',
])

/** Also the errors below an AggregateError, which Node throws where several addresses were tried. */
export function isNetworkError(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.some(isNetworkError)
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' && NETWORK.has(code)
}

/** A text for an error that may have none of its own (AggregateError). */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map((inner) => messageOf(inner)).join('; ')
  }
  return error instanceof Error ? error.message : String(error)
}

/** A server that only repeats another: the SQLSTATE its writes would fail with. */
export class StandbyError extends Error {
  readonly code = '25006'
}
