import {
  ConfigError,
  type ConfigProblem,
  ConfigProblemsError,
  type ModuleDoor,
  type Plugins,
  type RawConfig,
} from '@spillway/api'
import { S3_STORAGE } from '../config/storage-class.ts'
import type { AivenConfig } from './aiven-keys.ts'
import { type S3Config, s3Config } from '../config/s3-config.ts'

const MIN_PART_BYTES = 5_242_880
const ASSUME_ROLE = 'io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider'

/** Aiven's name of each of our keys that messages may be about. */
const NAMES: Readonly<Record<string, string>> = {
  's3.bucket.name': 'aws.s3.bucket.name',
  's3.region': 'aws.s3.region',
  'store.url': 'aws.s3.endpoint',
  's3.part.size': 'aws.s3.part.size.bytes',
  's3.ssea.name': 'aws.s3.sse.algorithm',
  's3.credentials.provider.class': 'aws.credentials.provider',
  's3.credentials.provider.sts.role.arn': 'aws.sts.role.arn',
  's3.credentials.provider.sts.role.session.name': 'aws.sts.role.session.name',
  's3.credentials.provider.sts.role.external.id': 'aws.sts.role.external.id',
  's3.credentials.provider.sts.role.duration.seconds': 'aws.sts.role.session.duration',
  's3.credentials.provider.sts.endpoint': 'aws.sts.config.endpoint',
}

/** What Aiven's keys say of the store, in the keys that the store is made from. @throws {ConfigError} in Aiven's names. */
export function s3ConfigOfAiven(raw: RawConfig, config: AivenConfig): { raw: RawConfig; config: S3Config } {
  const translated = translate(raw, config)
  try {
    return { raw: translated, config: s3Config.parse(translated) }
  } catch (error) {
    if (!(error instanceof ConfigProblemsError)) throw error
    throw new ConfigError(inAivensNames(error.message), { cause: error })
  }
}

/** A door for what is asked for by our keys, by the keys that the configuration has them under. */
export function aivensModules(modules: ModuleDoor): ModuleDoor {
  return {
    plugins: modules.plugins,
    importDefault: async (key, name) => await modules.importDefault(NAMES[key] ?? key, name),
    refusal: async (key, name) => await modules.refusal(NAMES[key] ?? key, name),
  }
}

/** What is wrong with what Aiven's keys say of the store, at those keys. */
export function storeProblems(
  raw: RawConfig,
  config: AivenConfig,
  plugins: Plugins | undefined,
): ConfigProblem[] {
  return s3Config
    .validate(translate(raw, config), plugins)
    .flatMap(({ key, errors }) =>
      errors.map((message) => ({ key: NAMES[key] ?? key, message: inAivensNames(message) })),
    )
}

function inAivensNames(message: string): string {
  return message.replaceAll(/[a-z0-9]+(\.[a-z0-9]+)+/g, (key) => NAMES[key] ?? key)
}

function translate(raw: RawConfig, config: AivenConfig): RawConfig {
  const endpoint = config['aws.s3.endpoint'] ?? config['aws_s3_endpoint']
  const key = config['aws.access.key.id'] ?? config['aws_access_key_id']
  const secret = config['aws.secret.access.key'] ?? config['aws_secret_access_key']
  const encryption = config['aws.s3.sse.algorithm']
  const settings: Record<string, string | null> = {
    'format.class': 'io.confluent.connect.s3.format.json.JsonFormat',
    'flush.size': '1',
    'storage.class': S3_STORAGE,
    's3.bucket.name': config['aws.s3.bucket.name'] ?? config['aws_s3_bucket'],
    's3.region': config['aws.s3.region'] ?? config['aws_s3_region'] ?? 'us-east-1',
    's3.part.size': String(Math.max(MIN_PART_BYTES, config['aws.s3.part.size.bytes'])),
    'store.url': endpoint,
    's3.path.style.access.enabled': String(endpoint !== null),
    ...(encryption !== null && { 's3.ssea.name': encryption }),
    ...credentials(raw, config, key?.reveal(), secret?.reveal()),
  }
  for (const shared of ['upload.concurrency', 'upload.memory.bytes']) settings[shared] = raw[shared] ?? null
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== null))
}

/** A role goes before keys, which it is then assumed with; keys go before a provider. */
function credentials(
  raw: RawConfig,
  config: AivenConfig,
  key: string | undefined,
  secret: string | undefined,
): Record<string, string | null> {
  const hasKeys = key !== undefined && secret !== undefined
  const keys = hasKeys ? { 'aws.access.key.id': key, 'aws.secret.access.key': secret } : {}
  const arn = config['aws.sts.role.arn']
  if (arn !== null) {
    const isGlobal = config['aws.sts.config.endpoint'] === 'https://sts.amazonaws.com'
    return {
      ...keys,
      's3.credentials.provider.class': ASSUME_ROLE,
      's3.credentials.provider.sts.role.arn': arn,
      's3.credentials.provider.sts.role.session.name': config['aws.sts.role.session.name'],
      's3.credentials.provider.sts.role.external.id': config['aws.sts.role.external.id'],
      's3.credentials.provider.sts.role.duration.seconds': String(config['aws.sts.role.session.duration']),
      's3.credentials.provider.sts.region': config['aws.s3.region'],
      ...(!isGlobal && { 's3.credentials.provider.sts.endpoint': config['aws.sts.config.endpoint'] }),
    }
  }
  return hasKeys ? keys : { 's3.credentials.provider.class': raw['aws.credentials.provider'] ?? null }
}
