import type {
  ConfigDef,
  Predicate,
  PredicatePlugin,
  Transformation,
  TransformationPlugin,
} from '@spillway/api'
import { KEY, type RecordSide, VALUE } from './record-side.ts'

const VERSION = '0.1.0'

/** The package of Kafka Connect's own transformations. */
export const CONNECT_TRANSFORMS = 'org.apache.kafka.connect.transforms'
/** The package of those that only Spillway has. */
export const SPILLWAY_TRANSFORMS = 'io.spillway.transforms'

interface PluginParts {
  /** Class name without `$Key` and `$Value`. */
  readonly className: string
  readonly doc: string
  readonly config: ConfigDef
}

/** A transformation of the whole record. */
export function smtPlugin(parts: PluginParts & { create(): Transformation }): TransformationPlugin {
  return { kind: 'transformation', version: VERSION, ...parts }
}

/** Two plugins, `…$Key` and `…$Value`, of a transformation that works on one half of a record. */
export function keyAndValuePlugins(
  parts: PluginParts & { create(side: RecordSide): Transformation },
): readonly [key: TransformationPlugin, value: TransformationPlugin] {
  const pluginOf = (side: RecordSide): TransformationPlugin => ({
    kind: 'transformation',
    version: VERSION,
    className: `${parts.className}$${side.name}`,
    doc: parts.doc,
    config: parts.config,
    create: () => parts.create(side),
  })
  return [pluginOf(KEY), pluginOf(VALUE)]
}

export function predicatePlugin(parts: PluginParts & { create(): Predicate }): PredicatePlugin {
  return { kind: 'predicate', version: VERSION, ...parts }
}

/** Two predicates, `…$Key` and `…$Value`. */
export function keyAndValuePredicates(
  parts: PluginParts & { create(side: RecordSide): Predicate },
): readonly [key: PredicatePlugin, value: PredicatePlugin] {
  const pluginOf = (side: RecordSide): PredicatePlugin =>
    predicatePlugin({
      className: `${parts.className}$${side.name}`,
      doc: parts.doc,
      config: parts.config,
      create: () => parts.create(side),
    })
  return [pluginOf(KEY), pluginOf(VALUE)]
}
