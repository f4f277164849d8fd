/** Name of the schema of objects and arrays inside a schemaless record: they go to a JSON or array column as they are. */
export const PLAIN_JSON = 'io.spillway.jdbc.PlainJson'

/**
 * Name of the schema of numbers of a schemaless record: the next one may have a fraction though this one has none, so a
 * column made for them takes both.
 */
export const PLAIN_NUMBER = 'io.spillway.jdbc.PlainNumber'
