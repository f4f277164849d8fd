import { closeSync, fdatasyncSync, fstatSync, openSync, writeFileSync } from 'node:fs'
import {
  configDef,
  ConnectError,
  type Offsets,
  type RawConfig,
  type SinkConnector,
  type SinkConnectorPlugin,
  type SinkRecord,
  type SinkTask,
} from '@spillway/api'
import { javaText } from './java-text.ts'

const STANDARD_OUTPUT = 1

const config = configDef({
  file: {
    type: 'string',
    default: null,
    importance: 'high',
    doc: 'File to append one line per record to; standard output where it is not set.',
  },
})

/** Appends each record's value to a file (Java: `FileStreamSinkTask`). Lines are on disk before offsets are committed. */
class FileStreamSinkTask implements SinkTask {
  #fd = STANDARD_OUTPUT
  /** False for a pipe or a device: there is nothing to make durable. */
  #isOnDisk = false

  initialize(): void {}

  async start(raw: RawConfig): Promise<void> {
    const { file } = config.parse(raw)
    if (file === null) return
    try {
      this.#fd = openSync(file, 'a')
      this.#isOnDisk = fstatSync(this.#fd).isFile()
    } catch (cause) {
      throw new ConnectError(`Couldn't find or create file '${file}' for FileStreamSinkTask (key file)`, {
        cause,
      })
    }
  }

  async open(): Promise<void> {}

  async put(records: readonly SinkRecord[]): Promise<void> {
    if (records.length === 0) return
    writeFileSync(this.#fd, records.map((record) => `${javaText(record.value)}\n`).join(''))
  }

  async preCommit(consumed: Offsets): Promise<Offsets> {
    if (this.#isOnDisk) fdatasyncSync(this.#fd)
    return consumed
  }

  async close(): Promise<void> {}

  async stop(): Promise<void> {
    if (this.#fd === STANDARD_OUTPUT) return
    closeSync(this.#fd)
    this.#fd = STANDARD_OUTPUT
  }
}

class FileStreamSink implements SinkConnector {
  #config: RawConfig = {}

  async start(raw: RawConfig): Promise<void> {
    config.parse(raw)
    this.#config = raw
  }

  /** Every task appends to the same file. */
  async taskConfigs(maxTasks: number): Promise<RawConfig[]> {
    return Array.from({ length: maxTasks }, () => this.#config)
  }

  async stop(): Promise<void> {}

  /** Offsets are Kafka's alone, so there is nothing to change elsewhere. */
  async alterOffsets(): Promise<boolean> {
    return true
  }
}

export const fileStreamSinkConnector: SinkConnectorPlugin = {
  kind: 'sink',
  className: 'org.apache.kafka.connect.file.FileStreamSinkConnector',
  version: '0.1.0',
  doc: 'Writes one line per record to a local file or to standard output; for trying things out.',
  config,
  create: () => new FileStreamSink(),
  createTask: () => new FileStreamSinkTask(),
  preview: async ({ config: raw, records }) => {
    const destinations = [config.parse(raw).file ?? 'standard output']
    return records.map(() => ({ destinations }))
  },
}
