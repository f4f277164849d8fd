/** A transformation that fails once at `value-4`, and always at `value-7`. */
import { configDef, RetriableError, type TransformationPlugin } from '@spillway/framework'

const plugin: TransformationPlugin = {
  kind: 'transformation',
  className: 'FaultyPassthrough',
  version: '1.0.0',
  doc: 'Fails at certain values.',
  config: configDef({}),
  create: () => {
    let hasFailed = false
    return {
      configure: () => {},
      apply: (record) => {
        const first = record.value === 'value-4' && !hasFailed
        if (first) hasFailed = true
        if (first || record.value === 'value-7') {
          throw new RetriableError(`Error when value='${String(record.value)}'`)
        }
        return record
      },
    }
  },
}

export default plugin
