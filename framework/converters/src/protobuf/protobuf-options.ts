import { configDef, type ConfigOf } from '@spillway/api'

const group = 'Protobuf'
const flag = (byDefault: boolean, doc: string) =>
  ({ type: 'boolean', default: byDefault, importance: 'low', group, doc }) as const

/** Keys that decide how Protobuf and Connect schemas become each other (Java: `ProtobufDataConfig`). */
export const protobufDataConfig = configDef({
  'enhanced.protobuf.schema.support': flag(false, 'Names structs and enums with their package.'),
  'scrub.invalid.names': flag(false, 'Replaces characters that Protobuf names may not have.'),
  'int.for.enums': flag(false, 'Reads enums as their numbers.'),
  'optional.for.nullables': flag(false, 'Only fields declared optional may be null.'),
  'optional.for.proto2': flag(true, 'Reads unset optional fields of proto2 as null.'),
  'wrapper.for.nullables': flag(false, "Reads google.protobuf's wrappers as values that may be null."),
  'wrapper.for.raw.primitives': flag(true, 'Reads a wrapper that is the whole message as its value.'),
  'generate.struct.for.nulls': flag(false, 'Reads unset messages as structs of defaults.'),
  'generate.index.for.unions': flag(true, "Puts the union's index behind its name."),
  'flatten.unions': flag(false, "Reads a union's fields as fields of the message."),
  'generalized.sum.type.support': flag(false, "Reads unions and enums as Connect's general ones."),
})

/** How Protobuf and Connect schemas become each other. */
export interface ProtobufOptions {
  readonly enhanced: boolean
  readonly scrubNames: boolean
  readonly intForEnums: boolean
  readonly optionalForNullables: boolean
  readonly optionalForProto2: boolean
  readonly wrapperForNullables: boolean
  readonly wrapperForRawPrimitives: boolean
  readonly structForNulls: boolean
  readonly indexForUnions: boolean
  readonly flattenUnions: boolean
  readonly generalizedSums: boolean
}

/** The options of a parsed configuration. */
export function protobufOptions(config: ConfigOf<typeof protobufDataConfig>): ProtobufOptions {
  return {
    enhanced: config['enhanced.protobuf.schema.support'],
    scrubNames: config['scrub.invalid.names'],
    intForEnums: config['int.for.enums'],
    optionalForNullables: config['optional.for.nullables'],
    optionalForProto2: config['optional.for.proto2'],
    wrapperForNullables: config['wrapper.for.nullables'],
    wrapperForRawPrimitives: config['wrapper.for.raw.primitives'],
    structForNulls: config['generate.struct.for.nulls'],
    indexForUnions: config['generate.index.for.unions'],
    flattenUnions: config['flatten.unions'],
    generalizedSums: config['generalized.sum.type.support'],
  }
}
