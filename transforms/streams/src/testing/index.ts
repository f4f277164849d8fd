/** The suite for a state store engine of your own: docs/extending.md. It needs fast-check. */
export { type EngineUnderTest, type StoreEngineUnderTest, TestContext } from './state-stores/harness.ts'
export { stateStoreConformance } from './state-stores/state-store-suite.ts'
