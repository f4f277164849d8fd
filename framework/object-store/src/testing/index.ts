/** Suites for an object store and a format of your own: docs/extending.md. */
export { objectStoreConformance, type ObjectStoreUnderTest, type StoreFixture } from './object-store-suite.ts'
