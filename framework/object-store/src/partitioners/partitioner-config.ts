import {
  type CheckInput,
  configDef,
  ConfigError,
  type ConfigOf,
  type ConfigProblem,
  type Validator,
} from '@spillway/api'
import { MIX_PARTITIONER, PARTITIONER_GROUP, partitionerKeys } from '../confluent/partitioner-keys.ts'
import { partitionElement } from './partition-element.ts'
import { PARTITIONERS, TIMESTAMP_EXTRACTORS } from './partitioner-kinds.ts'

const elements: Validator = {
  describe: () => 'list of [name=]time|value|key|header|topic|partition|const[:argument]',
  check(key, value) {
    for (const element of value as readonly string[]) {
      try {
        partitionElement(element)
      } catch (cause) {
        throw ConfigError.invalidValue(key, element, (cause as Error).message)
      }
    }
  },
}

function* partitionByAlone({ values, raw }: CheckInput): Iterable<ConfigProblem> {
  const list = values['partition.by']
  const isUsed = Array.isArray(list) && list.length > 0
  const chosen = raw['partitioner.class'] ?? undefined
  if (chosen === MIX_PARTITIONER && !isUsed) {
    yield { key: 'partition.by', message: `partition.by cannot be empty when using ${MIX_PARTITIONER}.` }
  } else if (isUsed && chosen !== undefined && chosen !== MIX_PARTITIONER) {
    yield {
      key: 'partition.by',
      message: `partition.by and partitioner.class ${chosen} exclude each other: leave one of them out.`,
    }
  }
}

/** Every key of partitioners: Confluent's, and `partition.by`. */
export const partitionerConfig = partitionerKeys({
  partitioner: PARTITIONERS,
  extractor: TIMESTAMP_EXTRACTORS,
}).and(
  configDef(
    {
      'partition.by': {
        type: 'list',
        default: [],
        validator: elements,
        importance: 'medium',
        group: PARTITIONER_GROUP,
        width: 'long',
        displayName: 'Partition By',
        ours: true,
        doc: 'Elements of the directory in order, in place of `partitioner.class`: `[name=]source[:argument]` with source `time` (pattern, else `path.format`), `value` and `key` (path), `header` (name), `topic`, `partition`, `const` (text). E.g. `dt=time:YYYY-MM-dd,value:country,tenant=header:x-tenant`. Values are escaped as in Hive.',
      },
    },
    [partitionByAlone],
  ),
)

export type PartitionerConfig = ConfigOf<typeof partitionerConfig>
