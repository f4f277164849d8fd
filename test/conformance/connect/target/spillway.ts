import { join } from 'node:path'
import { WorkerProcess } from '../../../support/worker-process.ts'
import type { Target, TestPlugin } from './target.ts'

const FILES: Readonly<Record<TestPlugin, string>> = {
  MonitorableSink: 'monitorable-sink.ts',
  MockSink: 'mock-sink.ts',
  ErrantReporterSink: 'errant-reporter-sink.ts',
  FaultyPassthrough: 'faulty-passthrough.ts',
}

const plugins = join(import.meta.dirname, '..', '..', '..', 'plugins')

/** Our own workers, as users run them. */
export const spillwayTarget: Target = {
  name: 'spillway',
  pluginClass: (plugin) => join(plugins, FILES[plugin]),
  spawn: async ({ cluster, config, connectorFiles }) =>
    WorkerProcess.spawn({
      ...(cluster !== undefined && { cluster }),
      ...(config !== undefined && { config }),
      ...(connectorFiles !== undefined && { connectorFiles }),
    }),
}
