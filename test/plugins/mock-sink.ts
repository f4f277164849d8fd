/** A sink whose connector, or whose tasks, fail or want other tasks some time after they have started. */
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
    doc: 'connector-failure, task-failure, more-tasks (first one, then all), fewer-tasks, or none.',
  },
  'delay.ms': { type: 'long', default: 1000, importance: 'low', doc: 'When it happens.' },
})

const plugin: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'MockSink',
  version: '1.0.0',
  doc: 'Fails, or plans anew, when it is asked to.',
  config,
  create: () => {
    let own: RawConfig = {}
    let mode = 'none'
    let wantsOthers = false
    let timer: NodeJS.Timeout | undefined
    return {
      start: async (raw, context) => {
        own = raw
        const settings = config.parse(raw)
        mode = settings['mock.mode']
        if (!['connector-failure', 'more-tasks', 'fewer-tasks'].includes(mode)) return
        timer = setTimeout(() => {
          if (mode === 'connector-failure') {
            context.raiseError(new ConnectError('the connector was asked to fail'))
            return
          }
          wantsOthers = true
          context.requestTaskReconfiguration()
          context.requestTaskReconfiguration()
        }, settings['delay.ms'])
      },
      taskConfigs: async (max) => {
        const few = mode === 'more-tasks' ? !wantsOthers : mode === 'fewer-tasks' && wantsOthers
        return Array.from({ length: few ? 1 : max }, () => own)
      },
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
