/** Entry of a worker thread that runs tasks; see `task-thread-pool.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { SecretMasker } from '../config/providers/secret-masker.ts'
import type { PluginRegistry } from '../connector/plugin-registry.ts'
import { createLogger } from '../observe/logger.ts'
import { TaskHost } from './task-host.ts'
import type { FromThread, ThreadData, ToThread } from './thread-protocol.ts'

const HEARTBEAT_MS = 500

const data = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('task-thread is the entry of a worker thread')

const masker = new SecretMasker(data.secrets)
const logger = createLogger({ level: data.logLevel, mask: (line) => masker.mask(line) })
// Messages that arrive while plugins load wait in the port until the listener below is there.
const { registry } = (await import(data.registryModule)) as { registry: PluginRegistry }
const host = new TaskHost({
  registry,
  data,
  logger,
  masker,
  send: (message: FromThread) => port.postMessage(message),
})

const beats = new Int32Array(data.heartbeat)
setInterval(() => Atomics.add(beats, 0, 1), HEARTBEAT_MS)
port.on('message', (message: ToThread) => host.handle(message))
