import { MemoryStore } from './support/memory-store.ts'
import { objectStoreConformance } from './support/object-store-conformance.ts'

objectStoreConformance('in memory', async () => ({
  store: new MemoryStore(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}))
