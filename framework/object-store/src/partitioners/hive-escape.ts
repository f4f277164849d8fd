/** Stands for null and for the empty text, as Hive, Spark and Athena read it. */
export const HIVE_DEFAULT_PARTITION = '__HIVE_DEFAULT_PARTITION__'

/** What Hive itself escapes in a partition's name and value; `/` and `=` above all. */
const UNSAFE = /[[\p{Cc}--[\u0080-\u009f]]"#%'*\/:=?\\\{\}\[\]^]/gv

/**
 * A name or value that is one element of a path and comes back by percent-decoding (Hive: `FileUtils.escapePathName`).
 * `.` and `..` are escaped as well: a file system would read them as directions.
 */
export function hiveEscape(text: string): string {
  if (text === '.' || text === '..') return text.replaceAll('.', '%2E')
  return text.replace(UNSAFE, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}
