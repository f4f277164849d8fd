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
  marker: { type: 'string', default: '', importance: 'low', doc: 'A text to write down at the start.' },
  'fail.pre.commits': { type: 'int', default: 0, importance: 'low', doc: 'How many preCommits throw.' },
  'fail.puts': {
    type: 'int',
    default: 0,
    importance: 'low',
    doc: 'How many puts with records throw a RetriableError.',
  },
  'fatal.put': {
    type: 'boolean',
    default: false,
    importance: 'low',
    doc: 'Throws another error for every put with records.',
  },
  'fail.closes': {
    type: 'boolean',
    default: false,
    importance: 'low',
    doc: 'Throws when partitions are taken away.',
  },
  'put.timeout.ms': {
    type: 'long',
    default: -1,
    importance: 'low',
    doc: 'Asks for the next put within this time.',
  },
  'rewind.to': {
    type: 'long',
    default: -1,
    importance: 'low',
    doc: 'Asks once to be given partition 0 again from this offset.',
  },
  'block.puts.ms': { type: 'long', default: 0, importance: 'low', doc: 'How long a put with records takes.' },
  'fail.start': { type: 'boolean', default: false, importance: 'low', doc: 'The connector does not start.' },
  'alter.offsets': {
    type: 'string',
    default: 'true',
    importance: 'low',
    doc: 'What alterOffsets answers: true, false, or unsupported.',
  },
  'request.commit': {
    type: 'boolean',
    default: false,
    importance: 'low',
    doc: 'Asks for a commit after each put.',
  },
  'fail.task': {
    type: 'int',
    default: -1,
    importance: 'low',
    doc: 'Number of the task that does not start.',
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
        if (config.parse(raw)['fail.start']) throw new ConnectError('start was asked to fail')
      },
      taskConfigs: async (max) => {
        // Only the task that is to fail is told so.
        const { 'fail.task': failing } = own
        const others = { ...own, 'fail.task': '-1' }
        const length = max + config.parse(own)['extra.tasks']
        return Array.from({ length }, (_, task) => (String(task) === failing ? own : others))
      },
      stop: async () => {},
      alterOffsets: async (raw) => config.parse(raw)['alter.offsets'] === 'true',
    }
  },
  createTask: () => {
    let context: SinkTaskContext
    let settings: ReturnType<typeof config.parse>
    let failingPreCommits = 0
    let failingPuts = 0
    let rewindTo = -1
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
        rewindTo = settings['rewind.to']
        note({
          event: 'start',
          reporter: context.errantRecordReporter() !== null,
          marker: settings.marker,
        })
        if (settings['fail.task'] >= 0) throw new ConnectError('this task was asked not to start')
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
            timestamp: r.timestamp,
            timestampType: r.timestampType,
          })),
        })
        if (settings['put.timeout.ms'] >= 0) context.timeout(settings['put.timeout.ms'])
        const [first] = records
        if (first === undefined) return
        await context.clock.sleep(settings['block.puts.ms'], context.signal)
        if (failingPuts-- > 0) throw new RetriableError('not yet')
        if (settings['fatal.put']) throw new ConnectError('put was asked to fail')
        if (rewindTo >= 0) {
          context.offset({ topic: first.originalTopic, partition: 0 }, BigInt(rewindTo))
          rewindTo = -1
        }
        if (settings['request.commit']) context.requestCommit()
      },
      preCommit: async (consumed: Offsets) => {
        note({
          event: 'preCommit',
          offsets: Object.fromEntries([...consumed].map(([p, o]) => [names([p])[0], Number(o.offset)])),
        })
        if (failingPreCommits-- > 0) throw new ConnectError('preCommit was asked to fail')
        return consumed
      },
      close: async (partitions) => {
        note({ event: 'close', partitions: names(partitions) })
        if (settings['fail.closes']) throw new ConnectError('close was asked to fail')
      },
      stop: async () => note({ event: 'stop' }),
    }
  },
}

export default plugin
