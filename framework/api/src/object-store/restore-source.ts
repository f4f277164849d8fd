import type { ObjectStore } from './object-store.ts'

/** Where the objects of a connector lie that hold whole records, and how they are read. */
export interface RestoreSource {
  /** To be closed. */
  readonly store: ObjectStore
  /** What the keys of objects with records start with. */
  readonly prefix: string
  readonly format: 'json' | 'avro'
  /** What the keys of objects with records end with. */
  readonly extension: string
}
