/** Entry of a thread that makes one preview and ends; see `previewer.ts`. */
import { parentPort, workerData } from 'node:worker_threads'
import { type PluginRegistry, SecretMasker } from '@spillway/api'
import { createLogger } from '../observe/logger.ts'
import { loadPlugins } from '../plugins/plugin-path.ts'
import type { FromPreviewThread, PreviewData } from './preview-protocol.ts'
import { masked } from './masked.ts'
import { refuseConnections } from './refuse-connections.ts'
import { runPreview } from './run-preview.ts'

const data = workerData as PreviewData
// Before anything that could connect is loaded.
if (data.mayOnlyRead) refuseConnections()
const masker = new SecretMasker([...data.secrets, ...data.workerSecrets])
const logger = createLogger({ level: data.logLevel, mask: (line) => masker.mask(line) })
const answer = (message: FromPreviewThread): void => parentPort?.postMessage(message)
try {
  const { registry } = (await import(data.registryModule)) as { registry: PluginRegistry }
  const plugins = await loadPlugins(registry, data.pluginModules, logger)
  // Whoever started the thread ends it when its time is up, or with the answer.
  const result = await runPreview(data, plugins, new AbortController().signal)
  answer({ result: masked(result, masker) })
} catch (error) {
  answer({ failure: masker.mask(error instanceof Error ? error.message : String(error)) })
}
