import { objectStoreConformance } from '@spillway/object-store/testing'
import { MapStore } from './map-store.js'

objectStoreConformance({
  name: 'a map',
  create: async () => ({ store: new MapStore(), async [Symbol.asyncDispose]() {} }),
})
