/** A sink whose connector, or whose tasks, fail some time after they have started. */
import {
  configDef,
  ConnectError,
  type Offsets,
  type RawConfig,
  type SinkConnectorPlugin,
  type SinkTaskContext,
} from '@spillway/framework'

const config = configDef({
  'mock.mode': {
    type: 'string',
    default: 'none',
    importance: 'high',
    doc: 'connector-failure, task-failure, or none.',
  },
  'delay.ms': { type: 'long', default: 1000, importance: 'low', doc: 'When the failure comes.' },
})

const plugin: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'MockSink',
  version: '1.0.0',
  doc: 'Fails when it is asked to.',
  config,
  create: () => {
    let own: RawConfig = {}
    let timer: NodeJS.Timeout | undefined
    return {
      start: async (raw, context) => {
        own = raw
        const settings = config.parse(raw)
        if (settings['mock.mode'] !== 'connector-failure') return
        timer = setTimeout(
          () => context.raiseError(new ConnectError('the connector was asked to fail')),
          settings['delay.ms'],
        )
      },
      taskConfigs: async (max) => Array.from({ length: max }, () => own),
      stop: async () => clearTimeout(timer),
    }
  },
  createTask: () => {
    let context: SinkTaskContext
    let failsAt = Infinity
    return {
      initialize: (given) => {
        context = given
      },
      start: async (raw) => {
        const settings = config.parse(raw)
        if (settings['mock.mode'] !== 'task-failure') return
        failsAt = context.clock.now() + settings['delay.ms']
        context.timeout(settings['delay.ms'])
      },
      open: async () => {},
      put: async () => {
        if (context.clock.now() >= failsAt) throw new ConnectError('the task was asked to fail')
      },
      preCommit: async (consumed: Offsets) => consumed,
      close: async () => {},
      stop: async () => {},
    }
  },
}

export default plugin
