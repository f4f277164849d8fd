import {
  type CheckInput,
  type ConfigKey,
  type ConfigProblem,
  configDef,
  renderValue,
} from '@spillway/framework'

const group = 'Not supported yet'

function notYet<const T extends ConfigKey['type'], const D>(type: T, defaultValue: D, doc: string) {
  return { type, default: defaultValue, importance: 'low', group, doc } as const
}

/**
 * Keys of Confluent's sink that are known but do not act yet. A value other than the default is refused: objects that
 * quietly lack what was asked for would be worse.
 */
export const notYetKeys = configDef({
  'store.kafka.keys': notYet('boolean', false, 'Write the keys to companion objects.'),
  'keys.format.class': notYet(
    'class',
    'io.confluent.connect.s3.format.avro.AvroFormat',
    'Format of key objects.',
  ),
  'store.kafka.headers': notYet('boolean', false, 'Write the headers to companion objects.'),
  'headers.format.class': notYet(
    'class',
    'io.confluent.connect.s3.format.avro.AvroFormat',
    'Format of header objects.',
  ),
  'tombstone.encoded.partition': notYet('string', 'tombstone', 'Directory of tombstones.'),
  's3.object.tagging': notYet('boolean', false, 'Tag objects with offsets and count.'),
  's3.object.tagging.key.value.pairs': notYet('list', [] as string[], 'Further tags.'),
  's3.object.behavior.on.tagging.error': notYet('string', 'ignore', 'What a failed tagging is.'),
})

/** Refuses what would be asked for in vain. */
export function* refuseNotYet({ values, raw }: CheckInput): Iterable<ConfigProblem> {
  for (const [key, declared] of Object.entries(notYetKeys.keys)) {
    if (raw[key] === undefined || raw[key] === null || values[key] === undefined) continue
    const asked = renderValue(values[key])
    const usual = renderValue(declared.default)
    if (asked === usual || (asked === '' && usual === null)) continue
    yield {
      key,
      message: `Invalid value ${asked} for configuration ${key}: not supported yet. Leave it out.`,
    }
  }
  if (values['behavior.on.null.values'] === 'write') {
    yield {
      key: 'behavior.on.null.values',
      message:
        "Invalid value write for configuration behavior.on.null.values: not supported yet. Use 'ignore'.",
    }
  }
}
