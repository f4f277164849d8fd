/** Suites for an object store and a format of your own: docs/extending.md. */
export { formatConformance, type FormatSample, type FormatUnderTest } from './format-suite.ts'
export { MemoryFile, type MemoryFileOptions } from './memory-file.ts'
export { objectStoreConformance, type ObjectStoreUnderTest, type StoreFixture } from './object-store-suite.ts'
