import type { RawConfig } from '../config/config-def.ts'
import type { ConfigInfo } from '../config/config-infos.ts'
import { hasPlaceholder } from '../config/providers/config-transformer.ts'
import { SecretMasker } from '../config/providers/secret-masker.ts'

/**
 * The outcome of validating a configuration whose placeholders were filled in, as it may be shown: placeholders stand
 * where they were written, and no message holds what a provider filled in.
 */
export function writtenConfigInfos(
  infos: readonly ConfigInfo[],
  raw: RawConfig,
  secrets: ReadonlySet<string>,
): ConfigInfo[] {
  const masker = new SecretMasker(secrets)
  return infos.map((info) => {
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
}
