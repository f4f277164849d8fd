import type { Schema } from '@spillway/api'
import { BoundedCache } from './bounded-cache.ts'

/** As many schemas as Kafka Connect's transformations remember. */
const LIMIT = 16

/**
 * What was worked out for a schema, kept for the schemas used last (Java: `SynchronizedCache<LRUCache>`).
 *
 * By identity: converters hand out one object for one schema, so a record costs a comparison, not a walk over fields.
 */
export class SchemaCache<V extends object> extends BoundedCache<Schema, V> {
  constructor() {
    super(LIMIT)
  }
}
