import { stateStoreConformance } from '@spillway/streams/testing'
import { CountingEngine } from './counting-engine.js'

stateStoreConformance({
  name: 'counting',
  create() {
    let engine = new CountingEngine()
    const reopen = () => {
      engine.close()
      engine = new CountingEngine()
    }
    return { engine: () => engine, reopen, crash: reopen, dispose: () => engine.close() }
  },
})
