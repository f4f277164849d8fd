/** Entry of a worker thread that runs tasks; see `task-thread-pool.ts`. */
import { setFlagsFromString } from 'node:v8'
import { parentPort, workerData } from 'node:worker_threads'
import { type PluginRegistry, SecretMasker } from '@spillway/api'
import { LogLevels } from '../observe/log-levels.ts'
import { createLogger } from '../observe/logger.ts'
import { loadPlugins } from '../plugins/plugin-path.ts'
import { releaseStartupMemory } from '../task/release-startup-memory.ts'
import { TaskHost } from './task-host.ts'
import {
  BEATS,
  type FromThread,
  LAST_RUN,
  type SetLogLevels,
  type ThreadData,
  type ToThread,
} from './thread-protocol.ts'

const HEARTBEAT_MS = 250

// V8's own default, which the `spillway` command lowers for the time the worker starts up; it holds for all threads.
setFlagsFromString('--semi-space-growth-factor=2')

const data = workerData as ThreadData
const port = parentPort
if (port === null) throw new Error('task-thread is the entry of a worker thread')

const masker = new SecretMasker(data.secrets)
const logger = createLogger({ level: data.logLevel, mask: (line) => masker.mask(line) })
const levels = new LogLevels(logger)
levels.replace(data.logLevels)
// Messages that arrive while plugins load wait in the port until the listener below is there.
const { registry: builtIn } = (await import(data.registryModule)) as { registry: PluginRegistry }
const registry = await loadPlugins(builtIn, data.pluginModules, logger)
let isNew = true
const beats = new Int32Array(data.heartbeat)
const host = new TaskHost({
  registry,
  data,
  logger,
  masker,
  atWork: (run) => Atomics.store(beats, LAST_RUN, run),
  send: (message: FromThread) => {
    port.postMessage(message)
    if (message.event.type !== 'state' || !isNew) return
    // The first task runs: what it needs is loaded.
    isNew = false
    setImmediate(releaseStartupMemory)
  },
})

// The first beat comes before the first task: from here on standing still counts.
Atomics.add(beats, BEATS, 1)
setInterval(() => Atomics.add(beats, BEATS, 1), HEARTBEAT_MS)
port.on('message', (message: ToThread | SetLogLevels) => {
  if (message.type === 'log-levels') levels.replace(message.settings)
  else host.handle(message)
})
