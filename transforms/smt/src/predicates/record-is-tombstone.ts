import { configDef } from '@spillway/api'
import { CONNECT_TRANSFORMS, predicatePlugin } from '../transformations/shared/smt-plugin.ts'

/** Java: `org.apache.kafka.connect.transforms.predicates.RecordIsTombstone`. */
export const recordIsTombstonePredicate = predicatePlugin({
  className: `${CONNECT_TRANSFORMS}.predicates.RecordIsTombstone`,
  doc: 'True for records whose value is null.',
  config: configDef({}),
  create: () => ({ configure() {}, test: (record) => record.value === null || record.value === undefined }),
})
