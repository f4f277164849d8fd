/**
 * The entry of a table by a name that users choose. Names that every object has, such as `constructor`, are no entries.
 */
export function own<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined
}
