/** A sink that reports every record as errant. */
import {
  configDef,
  ConnectError,
  type Offsets,
  type RawConfig,
  type SinkConnectorPlugin,
  type SinkRecord,
  type SinkTaskContext,
} from '@spillway/framework'

const plugin: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'ErrantReporterSink',
  version: '1.0.0',
  doc: 'Reports every record.',
  config: configDef({}),
  create: () => {
    let own: RawConfig = {}
    return {
      start: async (raw) => {
        own = raw
      },
      taskConfigs: async (max) => Array.from({ length: max }, () => own),
      stop: async () => {},
    }
  },
  createTask: () => {
    let context: SinkTaskContext
    return {
      initialize: (given) => {
        context = given
      },
      start: async () => {},
      open: async () => {},
      put: async (records: readonly SinkRecord[]) => {
        const reporter = context.errantRecordReporter()
        for (const record of records) await reporter?.report(record, new ConnectError('reported'))
      },
      preCommit: async (consumed: Offsets) => consumed,
      close: async () => {},
      stop: async () => {},
    }
  },
}

export default plugin
