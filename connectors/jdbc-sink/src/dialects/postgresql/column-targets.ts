import type { PostgresColumn } from './catalog.ts'

/** Groups of types that take the same values. */
export type PostgresTarget =
  | 'integer'
  | 'oid'
  | 'numeric'
  | 'money'
  | 'real'
  | 'double'
  | 'boolean'
  | 'text'
  | 'bytea'
  | 'uuid'
  | 'json'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'hstore'
  | 'array'
  /** Everything that only a text can be: enums, networks, ranges, bits, XML, types of extensions. */
  | 'other'

/** By the catalog's names, and by those that DDL has for the same types. */
const TARGETS: Readonly<Record<string, PostgresTarget>> = {
  smallint: 'integer',
  integer: 'integer',
  int: 'integer',
  bigint: 'integer',
  oid: 'oid',
  numeric: 'numeric',
  decimal: 'numeric',
  money: 'money',
  real: 'real',
  'double precision': 'double',
  boolean: 'boolean',
  text: 'text',
  bytea: 'bytea',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  date: 'date',
  time: 'time',
  'time without time zone': 'time',
  'time with time zone': 'timetz',
  timestamp: 'timestamp',
  'timestamp without time zone': 'timestamp',
  'timestamp with time zone': 'timestamptz',
  interval: 'interval',
}

/** PostgreSQL's own rule: what is of its string category takes every scalar as text (citext is of it too). */
const STRING_CATEGORY = 'S'

export function targetOf({ type, category }: Pick<PostgresColumn, 'type' | 'category'>): PostgresTarget {
  if (type.endsWith('[]')) return 'array'
  const known = TARGETS[type]
  if (known !== undefined) return known
  if (category === STRING_CATEGORY) return 'text'
  return type === 'hstore' || type.endsWith('.hstore') ? 'hstore' : 'other'
}
