import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalObjectStore } from '@spillway/framework'

import { MemoryStore } from './support/memory-store.ts'
import { objectStoreConformance } from './support/object-store-conformance.ts'

objectStoreConformance('in memory', async () => ({
  store: new MemoryStore(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
}))

objectStoreConformance('a local directory', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-store-'))
  const store = new LocalObjectStore(join(folder, 'root'))
  return {
    store,
    async [Symbol.asyncDispose]() {
      store.close()
      rmSync(folder, { recursive: true })
    },
  }
})
