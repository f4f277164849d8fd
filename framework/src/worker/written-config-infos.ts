import type { RawConfig } from '../config/config-def.ts'
import type { ConfigInfos } from '../config/config-infos.ts'
import { hasPlaceholder } from '../config/providers/config-transformer.ts'
import { SecretMasker } from '../config/providers/secret-masker.ts'

/**
 * The outcome of validating a configuration whose placeholders were filled in, as it may be shown: placeholders stand
 * where they were written, and no message and no sample holds what a provider filled in.
 */
export function writtenConfigInfos(
  infos: ConfigInfos,
  raw: RawConfig,
  secrets: ReadonlySet<string>,
): ConfigInfos {
  const masker = new SecretMasker(secrets)
  const configs = infos.configs.map((info) => {
    const { value } = info
    const written = raw[value.name] ?? null
    const isHidden = info.definition?.type === 'PASSWORD'
    return {
      ...info,
      value: {
        ...value,
        value: hasPlaceholder(written) && !isHidden ? written : value.value,
        errors: value.errors.map((text) => masker.mask(text)),
      },
    }
  })
  const samples = infos.sample_object_keys?.map((key) => masker.mask(key))
  return { ...infos, configs, ...(samples !== undefined && { sample_object_keys: samples }) }
}
