import { configDef } from '@spillway/api'
import { CONNECT_TRANSFORMS, smtPlugin } from './shared/smt-plugin.ts'

/** Java: `org.apache.kafka.connect.transforms.Filter`; a predicate chooses the records. */
export const filterPlugin = smtPlugin({
  className: `${CONNECT_TRANSFORMS}.Filter`,
  doc: 'Drops every record; meant to be used with a predicate that chooses which.',
  config: configDef({}),
  create: () => ({ configure() {}, apply: () => null }),
})
