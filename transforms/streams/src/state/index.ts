/**
 * State stores of bytes. `MemoryStoreEngine` and `SqliteStoreEngine` make every kind of store of `store.ts`; the typed stores
 * above them live in `../stores`. Give one `StateMemory` to all engines of a process: it bounds them together.
 *
 * At commit, per task: `engine.prepareCommit` (changelog records that wait for the flush go to the port), then, once the
 * changelog records are acknowledged, `engine.commit` (persistent engine only: rows and changelog offsets in one
 * transaction). `store.flush()` makes nothing durable.
 *
 * A store that stands for Java's `Stores.inMemoryWindowStore` or `inMemorySessionStore` asks for `refuseExpired: 'row'`: Java
 * counts its late puts by the row, those of the DSL's stores by the segment.
 */
export * from './store.ts'
export { compareBytes } from './byte-order.ts'
export type { ChangelogTiming } from './change-log.ts'
export * from './java-keys.ts'
export { MemoryStoreEngine, type StoreEngineOptions } from './row-store-engine.ts'
export { SqliteStoreEngine, type SqliteStoreOptions } from './sqlite/sqlite-store-engine.ts'
export { SqliteTaskDatabase } from './sqlite/sqlite-task-database.ts'
export { StateMemory, type MemoryReliever } from './state-memory.ts'
