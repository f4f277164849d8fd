import {
  type ConfigInfo,
  type ConfigInfos,
  hasPlaceholder,
  type RawConfig,
  SecretMasker,
} from '@spillway/api'

/** Keys and groups whose names a configuration makes up itself. */
const NAMED_BY_CONFIG = /^(?:transforms|predicates)\.|^(?:Transforms|Predicates): /

/**
 * The outcome of validating a configuration whose placeholders were filled in, as it may be shown: placeholders stand where
 * they were written, and no message, name, group or sample holds what a provider filled in.
 *
 * @param filledIn what providers filled in.
 * @param secrets that, and what the configuration holds under keys for passwords: in no message either.
 */
export function writtenConfigInfos(
  infos: ConfigInfos,
  raw: RawConfig,
  filledIn: ReadonlySet<string>,
  secrets: Iterable<string> = filledIn,
): ConfigInfos {
  const provided = new SecretMasker(filledIn)
  const all = new SecretMasker(secrets)
  const named = (text: string): string => (NAMED_BY_CONFIG.test(text) ? provided.mask(text) : text)
  const shown = (info: ConfigInfo): ConfigInfo => {
    const { value, definition } = info
    return {
      definition: definition && {
        ...definition,
        name: named(definition.name),
        group: definition.group === null ? null : named(definition.group),
        display_name: NAMED_BY_CONFIG.test(definition.name)
          ? provided.mask(definition.display_name)
          : definition.display_name,
      },
      value: {
        ...value,
        name: named(value.name),
        value: shownValue(info, raw, provided),
        recommended_values: value.recommended_values.map((text) => provided.mask(text)),
        errors: value.errors.map((text) => all.mask(text)),
      },
    }
  }
  const samples = infos.sample_object_keys?.map((key) => all.mask(key))
  return {
    ...infos,
    name: raw['connector.class'] ?? infos.name,
    groups: infos.groups.map(named),
    configs: infos.configs.map(shown),
    ...(samples !== undefined && { sample_object_keys: samples }),
  }
}

function shownValue(
  { definition, value }: ConfigInfo,
  raw: RawConfig,
  provided: SecretMasker,
): string | null {
  const written = raw[value.name] ?? null
  if (hasPlaceholder(written) && definition?.type !== 'PASSWORD') return written
  // What was written without a placeholder holds nothing of a provider's.
  return written !== null || value.value === null ? value.value : provided.mask(value.value)
}

/**
 * The outcome for users for whom no placeholders are filled in: a value with a placeholder cannot be checked, so it has
 * no errors.
 */
export function unjudgedPlaceholders(infos: ConfigInfos, raw: RawConfig): ConfigInfos {
  const configs = infos.configs.map((info) =>
    hasPlaceholder(raw[info.value.name] ?? null)
      ? { ...info, value: { ...info.value, errors: [], value: shownPlaceholder(info, raw) } }
      : info,
  )
  const errors = configs.reduce((count, { value }) => count + value.errors.length, 0)
  return { ...infos, configs, error_count: errors }
}

function shownPlaceholder({ definition, value }: ConfigInfo, raw: RawConfig): string | null {
  return definition?.type === 'PASSWORD' ? value.value : (raw[value.name] ?? null)
}
