import {
  ConfigError,
  findPlugin,
  isRetriable,
  type ModuleDoor,
  type RawConfig,
  RetriableError,
} from '@spillway/api'
import { proxyOf } from '../config/s3-request-config.ts'
import type { S3Config } from '../config/s3-config.ts'
import { GETTING_CREDENTIALS, storeError } from './s3-errors.ts'
import {
  CREDENTIAL_SOURCES,
  type CredentialProvider,
  type Credentials,
  type CredentialSettings,
} from '../credentials/credential-source.ts'

const CLASS = 's3.credentials.provider.class'
const PREFIX = 's3.credentials.provider.'

/** Where STS refuses, it is the role that does. */
const REMEDIES: Readonly<Record<string, string>> = {
  AccessDenied:
    'These credentials may not assume the role: its trust policy must name them, the external id that it asks for must be ' +
    `in ${PREFIX}sts.role.external.id, and they need sts:AssumeRole on it.`,
}

/**
 * Where a connector's requests get their credentials from. After the first credentials, failures are temporary: the STS
 * or the metadata service does not answer now.
 *
 * @throws {ConfigError} from the first call on, for a source that cannot be used.
 */
export function s3Credentials(config: S3Config, raw: RawConfig, modules: ModuleDoor): CredentialProvider {
  const name = config[CLASS]
  const settings = settingsOf(config, raw)
  let hadSome = false
  return async () => {
    try {
      const source = await findPlugin(modules, CREDENTIAL_SOURCES, name, CLASS)
      const credentials = await source.create(settings)()
      hadSome = true
      return credentials
    } catch (error) {
      if (error instanceof ConfigError) throw error
      const failure = storeError(error, `${GETTING_CREDENTIALS} (${describe(name, settings)})`, REMEDIES)
      if (!hadSome || isRetriable(failure)) throw failure
      throw new RetriableError(failure.message, { cause: error })
    }
  }
}

function describe(name: string, { role }: CredentialSettings): string {
  const simple = name.slice(name.lastIndexOf('.') + 1)
  return role.arn === '' ? `${CLASS}=${simple}` : `${CLASS}=${simple}, role ${role.arn}`
}

function settingsOf(config: S3Config, raw: RawConfig): CredentialSettings {
  const accessKeyId = config['aws.access.key.id']
  const secretAccessKey = config['aws.secret.access.key']?.reveal() ?? ''
  const keys: Credentials | undefined = secretAccessKey === '' ? undefined : { accessKeyId, secretAccessKey }
  return {
    region: config['s3.region'],
    keys,
    profile: config['s3.credentials.provider.profile'],
    tokenFile: config['s3.credentials.provider.web.identity.token.file'],
    role: {
      arn: config['s3.credentials.provider.sts.role.arn'],
      chain: config['s3.credentials.provider.sts.role.chain'],
      sessionName: config['s3.credentials.provider.sts.role.session.name'] || 'spillway',
      externalId: config['s3.credentials.provider.sts.role.external.id'],
      durationSeconds: config['s3.credentials.provider.sts.role.duration.seconds'],
      region: config['s3.credentials.provider.sts.region'],
      endpoint: config['s3.credentials.provider.sts.endpoint'],
    },
    proxy: proxyOf(config),
    own: ownKeys(raw),
  }
}

/** The keys below `s3.credentials.provider.` as they are written: what a source of the user's own is given. */
function ownKeys(raw: RawConfig): Record<string, string> {
  return Object.fromEntries(
    Object.entries(raw).flatMap(([key, value]) =>
      key.startsWith(PREFIX) && key !== CLASS && value !== null ? [[key.slice(PREFIX.length), value]] : [],
    ),
  )
}
