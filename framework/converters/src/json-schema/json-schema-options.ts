import { configDef, type ConfigOf, oneOfIgnoringCase } from '@spillway/api'

const group = 'JSON Schema'
const flag = (byDefault: boolean, doc: string) =>
  ({ type: 'boolean', default: byDefault, importance: 'low', group, doc }) as const

/** Keys that decide how JSON Schemas and Connect schemas become each other (Java: `JsonSchemaDataConfig`). */
export const jsonSchemaDataConfig = configDef({
  'object.additional.properties': flag(true, 'Lets written schemas allow properties they do not name.'),
  'use.optional.for.nonrequired': flag(false, 'Reads properties that are not required as optional.'),
  'generalized.sum.type.support': flag(false, "Reads unions and enums as Connect's general ones."),
  'ignore.default.for.nullables': flag(false, 'Writes null where a field is null, though it has a default.'),
  'flatten.singleton.unions': flag(true, 'Reads a union of one type as that type.'),
  'ignore.modern.dialects': flag(false, 'Accepted for compatibility.'),
  'decimal.format': {
    type: 'string',
    default: 'BASE64',
    validator: oneOfIgnoringCase('BASE64', 'NUMERIC'),
    importance: 'low',
    group,
    doc: 'How decimals are written: BASE64 of the unscaled value, or NUMERIC. Both are read.',
  },
})

/** How JSON Schemas and Connect schemas become each other. */
export interface JsonSchemaOptions {
  readonly additionalProperties: boolean
  readonly optionalUnlessRequired: boolean
  readonly generalizedSums: boolean
  readonly ignoreDefaultForNullables: boolean
  readonly flattenSingletons: boolean
  readonly numericDecimals: boolean
}

/** The options of a parsed configuration. */
export function jsonSchemaOptions(config: ConfigOf<typeof jsonSchemaDataConfig>): JsonSchemaOptions {
  return {
    additionalProperties: config['object.additional.properties'],
    optionalUnlessRequired: config['use.optional.for.nonrequired'],
    generalizedSums: config['generalized.sum.type.support'],
    ignoreDefaultForNullables: config['ignore.default.for.nullables'],
    flattenSingletons: config['flatten.singleton.unions'],
    numericDecimals: config['decimal.format'].toUpperCase() === 'NUMERIC',
  }
}
