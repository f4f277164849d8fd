import { ConfigError } from '@spillway/api'
import { assumeRole } from './assume-role.ts'
import type { CredentialProvider, CredentialSettings, CredentialSource } from './credential-source.ts'
import { stsClientConfig } from './sts-client-config.ts'

const V2 = 'software.amazon.awssdk.auth.credentials.'
const V1 = 'com.amazonaws.auth.'

/** Loaded where it is needed: most sinks have keys or the default chain, and a worker's memory is counted. */
const sdk = () => import('@aws-sdk/credential-providers')

/** Keys of the configuration where they are set, else the default chain: what a role is assumed with. */
function keysOrChain(settings: CredentialSettings): CredentialProvider {
  return settings.keys === undefined ? defaultChain(settings) : keysOf(settings)
}

function keysOf({ keys }: CredentialSettings): CredentialProvider {
  if (keys === undefined) {
    throw new ConfigError('aws.access.key.id and aws.secret.access.key must be set for this provider.', {
      key: 'aws.access.key.id',
    })
  }
  return async () => keys
}

function defaultChain(settings: CredentialSettings): CredentialProvider {
  return async () => {
    const { fromNodeProviderChain } = await sdk()
    return fromNodeProviderChain({ ...profileOf(settings), clientConfig: stsClientConfig(settings) })()
  }
}

const profileOf = ({ profile }: CredentialSettings): { profile?: string } =>
  profile === '' ? {} : { profile }

/** The sources that come with the sink. */
export const builtInSources: readonly CredentialSource[] = [
  {
    kind: 'credential_source',
    className: `${V2}DefaultCredentialsProvider`,
    aliases: [`${V1}DefaultAWSCredentialsProviderChain`, `${V2}AwsCredentialsProviderChain`],
    doc: 'aws.access.key.id and aws.secret.access.key where they are set, else the default chain: environment, profile, process, web identity, ECS or EKS, EC2.',
    create: keysOrChain,
  },
  {
    kind: 'credential_source',
    className: `${V2}StaticCredentialsProvider`,
    aliases: [`${V1}AWSStaticCredentialsProvider`, `${V2}AwsBasicCredentials`],
    doc: 'aws.access.key.id and aws.secret.access.key, and nothing else.',
    needsKeys: true,
    create: keysOf,
  },
  {
    kind: 'credential_source',
    className: `${V2}EnvironmentVariableCredentialsProvider`,
    aliases: [`${V1}EnvironmentVariableCredentialsProvider`],
    doc: 'AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN.',
    create: () => async () => (await sdk()).fromEnv()(),
  },
  {
    kind: 'credential_source',
    className: `${V2}ProfileCredentialsProvider`,
    aliases: [`${V1}profile.ProfileCredentialsProvider`],
    doc: 'A profile of the shared configuration files: s3.credentials.provider.profile, else AWS_PROFILE, else `default`. It may name a role, a process or SSO.',
    create: (settings) => async () =>
      (await sdk()).fromIni({ ...profileOf(settings), clientConfig: stsClientConfig(settings) })(),
  },
  {
    kind: 'credential_source',
    className: `${V2}WebIdentityTokenFileCredentialsProvider`,
    aliases: [
      `${V1}WebIdentityTokenCredentialsProvider`,
      'software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider',
    ],
    doc: 'A role for the token that Kubernetes gives a service account (IRSA): AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN, or the keys for them.',
    create: webIdentity,
  },
  {
    kind: 'credential_source',
    className: `${V2}ContainerCredentialsProvider`,
    aliases: [`${V1}ContainerCredentialsProvider`, `${V1}EC2ContainerCredentialsProviderWrapper`],
    doc: 'The role of an ECS task or an EKS pod identity: AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or …_FULL_URI.',
    create: () => async () => (await sdk()).fromHttp({ timeout: 5000, maxRetries: 3 })(),
  },
  {
    kind: 'credential_source',
    className: `${V2}InstanceProfileCredentialsProvider`,
    aliases: [`${V1}InstanceProfileCredentialsProvider`],
    doc: 'The role of the EC2 instance.',
    create: () => async () => (await sdk()).fromInstanceMetadata({ timeout: 5000, maxRetries: 3 })(),
  },
  {
    kind: 'credential_source',
    className: 'io.confluent.connect.s3.auth.AwsAssumeRoleCredentialsProvider',
    aliases: [
      'software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider',
      `${V1}STSAssumeRoleSessionCredentialsProvider`,
    ],
    doc: 'A role, assumed with aws.access.key.id and aws.secret.access.key where they are set, else with the default chain: see the keys s3.credentials.provider.sts.*.',
    create: (settings) => assumeRole(keysOrChain(settings), settings),
  },
]

function webIdentity(settings: CredentialSettings): CredentialProvider {
  const { role, tokenFile } = settings
  return async () => {
    const { fromTokenFile } = await sdk()
    return fromTokenFile({
      ...(tokenFile !== '' && { webIdentityTokenFile: tokenFile }),
      ...(role.arn !== '' && { roleArn: role.arn }),
      roleSessionName: process.env['AWS_ROLE_SESSION_NAME'] ?? role.sessionName,
      clientConfig: stsClientConfig(settings),
    })()
  }
}
