/** Groups of types that take the same values. */
export type MysqlTarget =
  | 'integer'
  | 'decimal'
  | 'float'
  | 'double'
  | 'bit'
  | 'year'
  | 'date'
  | 'time'
  | 'datetime'
  | 'text'
  | 'binary'
  | 'label'
  | 'json'
  /** What a text or bytes can be only: UUID, INET6, geometry. */
  | 'other'

const TARGETS: Readonly<Record<string, MysqlTarget>> = {
  tinyint: 'integer',
  smallint: 'integer',
  mediumint: 'integer',
  int: 'integer',
  bigint: 'integer',
  decimal: 'decimal',
  float: 'float',
  double: 'double',
  bit: 'bit',
  year: 'year',
  date: 'date',
  time: 'time',
  datetime: 'datetime',
  timestamp: 'datetime',
  char: 'text',
  varchar: 'text',
  tinytext: 'text',
  text: 'text',
  mediumtext: 'text',
  longtext: 'text',
  binary: 'binary',
  varbinary: 'binary',
  tinyblob: 'binary',
  blob: 'binary',
  mediumblob: 'binary',
  longblob: 'binary',
  enum: 'label',
  set: 'label',
  json: 'json',
}

export function targetOf(type: string): MysqlTarget {
  return TARGETS[type] ?? 'other'
}
