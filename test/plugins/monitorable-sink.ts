/** A sink that writes down every call it gets, one JSON object per line, and misbehaves where its configuration says so. */
import { appendFileSync } from 'node:fs'
import {
  configDef,
  ConnectError,
  type Offsets,
  type RawConfig,
  RetriableError,
  type SinkConnectorPlugin,
  type SinkRecord,
  type SinkTaskContext,
  type TopicPartition,
} from '@spillway/framework'

const config = configDef({
  log: { type: 'string', importance: 'high', doc: 'File to write events to.' },
  'fail.pre.commits': { type: 'int', default: 0, importance: 'low', doc: 'How many preCommits throw.' },
  'fail.puts': {
    type: 'int',
    default: 0,
    importance: 'low',
    doc: 'How many puts with records throw a RetriableError.',
  },
  'request.commit': {
    type: 'boolean',
    default: false,
    importance: 'low',
    doc: 'Asks for a commit after each put.',
  },
  'report.all': {
    type: 'boolean',
    default: false,
    importance: 'low',
    doc: 'Reports every record as errant.',
  },
  'extra.tasks': {
    type: 'int',
    default: 0,
    importance: 'low',
    doc: 'Task configurations beyond what is asked for.',
  },
})

const names = (partitions: readonly TopicPartition[]): string[] =>
  partitions.map((p) => `${p.topic}-${p.partition}`).toSorted()

const plugin: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'MonitorableSink',
  version: '1.0.0',
  doc: 'Writes down what it is asked to do.',
  config,
  create: () => {
    let own: RawConfig = {}
    return {
      start: async (raw) => {
        own = raw
      },
      taskConfigs: async (max) => Array.from({ length: max + config.parse(own)['extra.tasks'] }, () => own),
      stop: async () => {},
      alterOffsets: async () => true,
    }
  },
  createTask: () => {
    let context: SinkTaskContext
    let settings: ReturnType<typeof config.parse>
    let failingPreCommits = 0
    let failingPuts = 0
    const note = (event: Record<string, unknown>): void =>
      appendFileSync(settings.log, `${JSON.stringify({ task: context.taskId, ...event })}\n`)
    return {
      initialize: (given) => {
        context = given
      },
      start: async (raw) => {
        settings = config.parse(raw)
        failingPreCommits = settings['fail.pre.commits']
        failingPuts = settings['fail.puts']
        note({ event: 'start', reporter: context.errantRecordReporter() !== null })
      },
      open: async (partitions) => note({ event: 'open', partitions: names(partitions) }),
      put: async (records: readonly SinkRecord[]) => {
        note({
          event: 'put',
          records: records.map((r) => ({
            topic: r.topic,
            at: r.coordinates,
            value: r.value,
            headers: [...r.headers],
          })),
        })
        if (records.length > 0 && failingPuts-- > 0) throw new RetriableError('not yet')
        if (settings['report.all']) {
          for (const record of records) {
            await context.errantRecordReporter()?.report(record, new ConnectError('reported'))
          }
        }
        if (settings['request.commit'] && records.length > 0) context.requestCommit()
      },
      preCommit: async (consumed: Offsets) => {
        note({
          event: 'preCommit',
          offsets: Object.fromEntries([...consumed].map(([p, o]) => [names([p])[0], Number(o.offset)])),
        })
        if (failingPreCommits-- > 0) throw new ConnectError('preCommit was asked to fail')
        return consumed
      },
      close: async (partitions) => note({ event: 'close', partitions: names(partitions) }),
      stop: async () => note({ event: 'stop' }),
    }
  },
}

export default plugin
