import type { ConfigDef, ConfigKey, RawConfig } from './config-def.ts'
import { renderValue } from './parse-value.ts'
import type { Plugins } from './plugin-kind.ts'
import { atOnce, type Steps } from './turns.ts'

/** A key's declaration as Connect's REST API shows it (Java: `ConfigKeyInfo`). */
export interface ConfigKeyInfo {
  readonly name: string
  readonly type: string
  readonly required: boolean
  readonly default_value: string | null
  readonly importance: string
  readonly documentation: string
  readonly group: string | null
  readonly width: string
  readonly display_name: string
  readonly dependents: readonly string[]
  readonly order_in_group: number
  /** The same under the name that Connect up to 4.1 gave it: older clients read it. */
  readonly order: number
}

/** A key's value and problems as Connect's REST API shows them (Java: `ConfigValueInfo`). */
export interface ConfigValueInfo {
  readonly name: string
  readonly value: string | null
  readonly recommended_values: readonly string[]
  readonly errors: readonly string[]
  readonly visible: boolean
}

export interface ConfigInfo {
  readonly definition: ConfigKeyInfo | null
  readonly value: ConfigValueInfo
}

/** The answer of `PUT /connector-plugins/{p}/config/validate` (Java: `ConfigInfos`). */
export interface ConfigInfos {
  readonly name: string
  readonly error_count: number
  readonly groups: readonly string[]
  readonly configs: readonly ConfigInfo[]
  /** Of connectors that can tell, where nothing is wrong: keys of objects that would be written. Not in Connect. */
  readonly sample_object_keys?: readonly string[]
}

/** Every key of a definition in declaration order. */
export function keyInfos(def: ConfigDef): ConfigKeyInfo[] {
  const orders = new Map<string | null, number>()
  return Object.entries(def.keys).map(([key, declared]) => {
    const group = declared.group ?? null
    const order = declared.order ?? (orders.get(group) ?? 0) + 1
    orders.set(group, order)
    return keyInfo(key, declared, group, order)
  })
}

function keyInfo(name: string, declared: ConfigKey, group: string | null, order: number): ConfigKeyInfo {
  const hasDefault = 'default' in declared
  const place = group === null || group === '' ? -1 : order
  return {
    name,
    type: declared.type.toUpperCase(),
    required: declared.required ?? !hasDefault,
    default_value: hasDefault ? renderValue(declared.default) : null,
    importance: declared.importance.toUpperCase(),
    documentation: declared.doc,
    group,
    width: (declared.width ?? 'none').toUpperCase(),
    display_name: declared.displayName ?? name,
    dependents: declared.dependents ?? [],
    order_in_group: place,
    order: place,
  }
}

/** Declarations with values and problems: the list of the validate answer. */
export function configInfosOf(def: ConfigDef, raw: RawConfig): ConfigInfo[] {
  return atOnce(configInfoSteps(def, raw))
}

/** {@link configInfosOf} with a step for each key and each rule. */
export function* configInfoSteps(def: ConfigDef, raw: RawConfig, plugins?: Plugins): Steps<ConfigInfo[]> {
  const infos = new Map(keyInfos(def).map((info) => [info.name, info]))
  const found: ConfigInfo[] = []
  for (const { key, value, errors } of yield* def.validationSteps(raw, plugins)) {
    const declared = Object.hasOwn(def.keys, key) ? def.keys[key] : undefined
    found.push({
      definition: infos.get(key) ?? null,
      value: {
        name: key,
        value: declared?.type === 'password' && value !== null ? '[hidden]' : renderValue(value),
        recommended_values: declared?.recommend?.(raw) ?? valuesOf(declared, plugins),
        errors,
        visible: declared?.visible?.(raw) ?? true,
      },
    })
    yield
  }
  return found
}

function valuesOf(declared: ConfigKey | undefined, plugins: Plugins | undefined): readonly string[] {
  const { plugin: kind, validator } = declared ?? {}
  if (kind === undefined || plugins === undefined) return [...(validator?.options ?? [])]
  return plugins.ofKind(kind).map(({ className }) => className)
}
