/** A sink for fault tests: what a record's value says is what its `put` does. Everything else is appended to a file. */
import { appendFileSync } from 'node:fs'
import {
  configDef,
  ConnectError,
  type Offsets,
  type RawConfig,
  RetriableError,
  type SinkConnectorPlugin,
  type SinkRecord,
} from '@spillway/framework'

const config = configDef({
  file: { type: 'string', importance: 'high', doc: 'File to append values to.' },
})

function act(value: unknown): void {
  if (value === 'loop') for (;;);
  if (value === 'fill') {
    const hoard: number[][] = []
    for (;;) hoard.push(Array.from<number>({ length: 1_000_000 }).fill(hoard.length + 0.5))
  }
  if (value === 'fail') throw new ConnectError('asked to fail')
  if (value === 'flaky')
    throw new ConnectError('asked to fail for now', { cause: new RetriableError('try later') })
}

const plugin: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'MisbehavingSink',
  version: '1.0.0',
  doc: 'Does what records say.',
  config,
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
    let file = ''
    return {
      initialize: () => {},
      start: async (raw) => {
        file = config.parse(raw).file
      },
      open: async () => {},
      put: async (records: readonly SinkRecord[]) => {
        for (const record of records) {
          act(record.value)
          appendFileSync(file, `${String(record.value)}\n`)
        }
      },
      preCommit: async (consumed: Offsets) => consumed,
      close: async () => {},
      stop: async () => {},
    }
  },
}

export default plugin
