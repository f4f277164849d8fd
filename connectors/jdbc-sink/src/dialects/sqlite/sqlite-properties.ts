/** Driver properties that act: pragmas of these names, and how Java's driver stores dates. */
export const SQLITE_PROPERTIES: readonly string[] = [
  'busy_timeout',
  'journal_mode',
  'synchronous',
  'foreign_keys',
  'cache_size',
  'date_class',
]
