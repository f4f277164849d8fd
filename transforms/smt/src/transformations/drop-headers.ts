import { configDef, Headers, type RawConfig, type SinkRecord, type Transformation } from '@spillway/api'
import { listOfNames } from './shared/common-keys.ts'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'

const config = configDef({
  headers: {
    type: 'list',
    validator: listOfNames(),
    importance: 'high',
    doc: 'Names of the headers to remove.',
  },
})

/** Removes every header of some names (Java: `DropHeaders`). */
class DropHeaders implements Transformation {
  #names: ReadonlySet<string> = new Set()

  configure(raw: RawConfig): void {
    this.#names = new Set(config.parse(raw).headers)
  }

  apply(record: SinkRecord): SinkRecord {
    const kept = [...record.headers].filter((header) => !this.#names.has(header.key))
    return record.with({ headers: new Headers(kept) })
  }
}

/** Java: `org.apache.kafka.connect.transforms.DropHeaders`. */
export const dropHeadersPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.DropHeaders`,
  doc: 'Removes headers by name.',
  config,
  create: () => new DropHeaders(),
})
