import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LocalObjectStore } from '@spillway/framework'
import { objectStoreConformance } from '@spillway/object-store/testing'

import { MemoryStore } from './support/memory-store.ts'

objectStoreConformance({
  name: 'in memory',
  create: async () => ({
    store: new MemoryStore(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }),
})

objectStoreConformance({
  name: 'a local directory',
  create: async () => {
    const folder = mkdtempSync(join(tmpdir(), 'spillway-store-'))
    const store = new LocalObjectStore(join(folder, 'root'))
    return {
      store,
      async [Symbol.asyncDispose]() {
        store.close()
        rmSync(folder, { recursive: true })
      },
    }
  },
})
