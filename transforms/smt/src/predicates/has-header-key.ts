import { configDef, nonEmpty, type Predicate, type RawConfig, type SinkRecord } from '@spillway/api'
import { CONNECT_TRANSFORMS, predicatePlugin } from '../transformations/shared/smt-plugin.ts'

const config = configDef({
  name: { type: 'string', validator: nonEmpty, importance: 'medium', doc: 'Name of the header to look for.' },
})

/** True for a record with at least one header of that name (Java: `HasHeaderKey`). */
class HasHeaderKey implements Predicate {
  #name = ''

  configure(raw: RawConfig): void {
    this.#name = config.parse(raw).name
  }

  test(record: SinkRecord): boolean {
    for (const header of record.headers) if (header.key === this.#name) return true
    return false
  }
}

/** Java: `org.apache.kafka.connect.transforms.predicates.HasHeaderKey`. */
export const hasHeaderKeyPredicate = predicatePlugin({
  className: `${CONNECT_TRANSFORMS}.predicates.HasHeaderKey`,
  doc: 'True for records that have a header of the given name.',
  config,
  create: () => new HasHeaderKey(),
})
