import { type Plugin, type PluginKind, pluginKind } from '@spillway/api'

/** Keys to sign requests with, and until when they are good. */
export interface Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
  /** Absent for keys that do not run out. */
  readonly expiration?: Date
}

/** Gets credentials, anew each time. */
export type CredentialProvider = () => Promise<Credentials>

/** The keys `s3.credentials.provider.sts.*`. */
export interface AssumeRoleSettings {
  /** `sts.role.arn` */
  readonly arn: string
  /** `sts.role.chain`: roles that are assumed one after the other before it. */
  readonly chain: readonly string[]
  /** `sts.role.session.name`: what the account of the role sees in its logs. */
  readonly sessionName: string
  /** `sts.role.external.id`; empty for none. Given for the last role only: the others are of one's own accounts. */
  readonly externalId: string
  /** `sts.role.duration.seconds` */
  readonly durationSeconds: number
  /** `sts.region`; empty for the bucket's. */
  readonly region: string
  /** `sts.endpoint`; empty for AWS_ENDPOINT_URL_STS or the region's own. */
  readonly endpoint: string
}

/** What the configuration says about credentials. */
export interface CredentialSettings {
  /** Region of the bucket: STS is asked there where `sts.region` names no other. */
  readonly region: string
  /** `aws.access.key.id`, `aws.secret.access.key`; absent where they are not set. */
  readonly keys: Credentials | undefined
  /** `s3.credentials.provider.profile`; empty for AWS_PROFILE or `default`. */
  readonly profile: string
  /** `s3.credentials.provider.web.identity.token.file`; empty for AWS_WEB_IDENTITY_TOKEN_FILE. */
  readonly tokenFile: string
  readonly role: AssumeRoleSettings
  /** HTTP proxy that requests to AWS go through. */
  readonly proxy: string | undefined
  /** The keys below `s3.credentials.provider.`, for a source of the user's own. */
  readonly own: Readonly<Record<string, string>>
}

/**
 * Where credentials come from. Class names of the AWS SDKs for Java and of Confluent's sink lead to the same sources of
 * the SDK for JavaScript.
 */
export interface CredentialSource extends Plugin {
  readonly kind: 'credential_source'
  /** True where it has nothing but the keys of the configuration. */
  readonly needsKeys?: true
  create(settings: CredentialSettings): CredentialProvider
}

/** A module may also export a function that is given the source's own keys and returns a provider. */
export const CREDENTIAL_SOURCES: PluginKind<CredentialSource> = pluginKind({
  name: 'credential_source',
  suffixes: ['CredentialsProvider', 'CredentialsProviderChain'],
  adopt(exported, name) {
    if (typeof exported !== 'function') return undefined
    const create = exported as (own: Readonly<Record<string, string>>) => CredentialProvider
    return {
      kind: 'credential_source',
      className: name,
      doc: 'It is named by its module.',
      create: ({ own }) => create(own),
    }
  },
})
