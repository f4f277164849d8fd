import { join } from 'node:path'
import { numberSetting, type StreamsConfig } from '../../config/streams-config.ts'
import { MemoryStoreEngine, SqliteStoreEngine, StateMemory } from '../../state/index.ts'
import type { StateDirectory } from '../state-directory.ts'

const stateMemoryKey = 'state.memory.max.bytes'

/** The engines of all stores of a client, under one memory bound. */
export function stateEngines(config: StreamsConfig, { path }: StateDirectory) {
  const limit = numberSetting(config, stateMemoryKey, 0)
  const memory = new StateMemory(limit > 0 ? limit : undefined)
  return {
    memory: new MemoryStoreEngine({ memory }),
    persistent: new SqliteStoreEngine({ stateDir: join(path, '..'), memory }),
  }
}
