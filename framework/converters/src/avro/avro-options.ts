import { configDef, type ConfigOf, range } from '@spillway/api'

const group = 'Avro'
const flag = (byDefault: boolean, doc: string) =>
  ({ type: 'boolean', default: byDefault, importance: 'low', group, doc }) as const

/** Keys that decide how Avro and Connect schemas become each other (Java: `AvroDataConfig`). */
export const avroDataConfig = configDef({
  'enhanced.avro.schema.support': flag(
    false,
    'Keeps enums as enums when writing, and names union branches by their full name.',
  ),
  'connect.meta.data': flag(true, "Keeps Connect's own metadata in Avro schemas, and reads it."),
  'scrub.invalid.names': flag(false, 'Replaces characters that Avro names may not have.'),
  'generalized.sum.type.support': flag(false, "Reads unions and enums as Connect's general ones."),
  'ignore.default.for.nullables': flag(false, 'Writes null where a field is null, though it has a default.'),
  'allow.optional.map.keys': flag(false, 'Writes maps with optional string keys as Avro maps.'),
  'flatten.singleton.unions': flag(true, 'Reads a union of one type as that type.'),
  'discard.type.doc.default': flag(false, "Reads docs and defaults of fields only, not of Avro's types."),
  'schemas.cache.config': {
    type: 'int',
    default: 1000,
    validator: range(0),
    importance: 'low',
    group,
    doc: 'Accepted for compatibility; max.schemas.per.subject bounds what is kept.',
  },
})

/** How Avro and Connect schemas become each other. */
export interface AvroDataOptions {
  readonly enhanced: boolean
  readonly metadata: boolean
  readonly scrubNames: boolean
  readonly generalizedSums: boolean
  readonly ignoreDefaultForNullables: boolean
  readonly optionalMapKeys: boolean
  readonly flattenSingletons: boolean
  readonly discardTypeDoc: boolean
}

/** The options of a parsed configuration. */
export function avroDataOptions(config: ConfigOf<typeof avroDataConfig>): AvroDataOptions {
  return {
    enhanced: config['enhanced.avro.schema.support'],
    metadata: config['connect.meta.data'],
    scrubNames: config['scrub.invalid.names'],
    generalizedSums: config['generalized.sum.type.support'],
    ignoreDefaultForNullables: config['ignore.default.for.nullables'],
    optionalMapKeys: config['allow.optional.map.keys'],
    flattenSingletons: config['flatten.singleton.unions'],
    discardTypeDoc: config['discard.type.doc.default'],
  }
}

/** What Java's converter does where nothing is configured. */
export const DEFAULT_AVRO_OPTIONS: AvroDataOptions = avroDataOptions(avroDataConfig.parse({}))
