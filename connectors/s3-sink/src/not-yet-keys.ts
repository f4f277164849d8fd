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
  's3.credentials.provider.class': notYet(
    'class',
    'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
    'Where credentials come from.',
  ),
  's3.credentials.provider.sts.role.arn': notYet('string', '', 'Role to assume.'),
  's3.credentials.provider.sts.role.session.name': notYet('string', '', 'Session name of the role.'),
  's3.credentials.provider.sts.role.external.id': notYet('string', '', 'External id of the role.'),
  's3.credentials.provider.sts.region': notYet('string', '', 'Region of STS.'),
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
}
