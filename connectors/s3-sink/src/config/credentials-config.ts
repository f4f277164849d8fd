import {
  type CheckInput,
  configDef,
  type ConfigProblem,
  type Password,
  pluginClass,
  type Plugins,
  range,
} from '@spillway/api'
import { MAX_CHAINED_SECONDS } from '../credentials/assume-role.ts'
import { httpUrl } from './url-rules.ts'
import { builtInSources } from '../credentials/built-in-sources.ts'
import { CREDENTIAL_SOURCES } from '../credentials/credential-source.ts'

const group = 'Credentials'
const ASSUME_ROLE = 'AwsAssumeRoleCredentialsProvider'
const PREFIX = 's3.credentials.provider.'
const KEY_ID = 'aws.access.key.id'
const SECRET = 'aws.secret.access.key'

/** Keys that say whose rights requests have (Java: `S3SinkConnectorConfig`, `AwsAssumeRoleCredentialsProvider`). */
export const credentialsConfig = configDef(
  {
    'aws.access.key.id': {
      type: 'string',
      default: '',
      importance: 'high',
      group,
      doc: 'Access key; with aws.secret.access.key. Without both, the default chain of AWS applies: environment, profile, web identity, ECS, EC2.',
    },
    'aws.secret.access.key': {
      type: 'password',
      default: null,
      importance: 'high',
      group,
      doc: 'Secret of aws.access.key.id.',
    },
    's3.credentials.provider.class': {
      type: 'class',
      default: 'software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider',
      validator: pluginClass(CREDENTIAL_SOURCES, 'a credential source'),
      plugin: CREDENTIAL_SOURCES,
      importance: 'low',
      group,
      doc: `Where credentials come from; they are renewed before they run out, and when the store says that they have. ${builtInSources
        .map(({ className, doc }) => `\`${className.slice(className.lastIndexOf('.') + 1)}\`: ${doc}`)
        .join(
          ' ',
        )} The class names of both AWS SDKs for Java are known. A source of your own is the class of one of a plugin package, or a module, whose default export may also be a function that is given the keys below s3.credentials.provider. and returns an async function for credentials.`,
    },
    's3.credentials.provider.sts.role.arn': {
      type: 'string',
      default: '',
      importance: 'medium',
      group,
      doc: 'The role to assume, such as arn:aws:iam::123456789012:role/writer. It may be of another account than the one the worker runs in.',
    },
    's3.credentials.provider.sts.role.session.name': {
      type: 'string',
      default: '',
      importance: 'medium',
      group,
      doc: 'Name of the session, which the account of the role finds in its logs; empty for `spillway`.',
    },
    's3.credentials.provider.sts.role.external.id': {
      type: 'string',
      default: '',
      importance: 'medium',
      group,
      doc: 'External id that the trust policy of the role asks for; empty for none.',
    },
    's3.credentials.provider.sts.region': {
      type: 'string',
      default: '',
      importance: 'medium',
      group,
      doc: 'Region whose STS is asked; empty for s3.region.',
    },
    's3.credentials.provider.sts.role.chain': {
      type: 'list',
      default: [] as string[],
      importance: 'low',
      group,
      ours: true,
      doc: 'Roles to assume one after the other before the one of sts.role.arn, each with the rights of the one before.',
    },
    's3.credentials.provider.sts.role.duration.seconds': {
      type: 'int',
      default: 3600,
      validator: range(900, 43_200),
      importance: 'low',
      group,
      ours: true,
      doc: `How long the credentials of a role are good; at most ${MAX_CHAINED_SECONDS} with sts.role.chain. New ones are got in time.`,
    },
    's3.credentials.provider.sts.endpoint': {
      type: 'string',
      default: '',
      validator: httpUrl,
      importance: 'low',
      group,
      ours: true,
      doc: 'Where STS is reached; empty for AWS_ENDPOINT_URL_STS, or the endpoint of the region.',
    },
    's3.credentials.provider.profile': {
      type: 'string',
      default: '',
      importance: 'low',
      group,
      ours: true,
      doc: 'Profile of the shared configuration files; empty for AWS_PROFILE or `default`.',
    },
    's3.credentials.provider.web.identity.token.file': {
      type: 'string',
      default: '',
      importance: 'low',
      group,
      ours: true,
      doc: 'File with the token of a web identity; empty for AWS_WEB_IDENTITY_TOKEN_FILE. With sts.role.arn in place of AWS_ROLE_ARN.',
    },
  },
  [keyAndSecretTogether, roleIsNamed, chainIsShort],
)

function* keyAndSecretTogether({ values, plugins }: CheckInput): Iterable<ConfigProblem> {
  const [key, secret] = [values[KEY_ID], values[SECRET]]
  if (key === undefined || secret === undefined) return
  const hasKey = key !== ''
  const hasSecret = ((secret as Password | null)?.reveal() ?? '') !== ''
  if (hasKey !== hasSecret) {
    const [set, missing] = hasKey ? [KEY_ID, SECRET] : [SECRET, KEY_ID]
    const message = `${missing} must be set too, as ${set} is: without both, leave them out for the default chain.`
    yield { key: missing, message }
  }
  const provider = values[`${PREFIX}class`]
  if (hasKey || hasSecret || typeof provider !== 'string' || !needsKeys(provider, plugins)) return
  for (const missing of [KEY_ID, SECRET]) {
    yield { key: missing, message: `${missing} must be set for ${provider}, which has no other credentials.` }
  }
}

function needsKeys(provider: string, plugins: Plugins | undefined): boolean {
  return plugins?.find(CREDENTIAL_SOURCES, provider)?.needsKeys === true
}

/** A role that is named but not assumed would be a surprise, and so would be one that is assumed but not named. */
function* roleIsNamed({ values }: CheckInput): Iterable<ConfigProblem> {
  const provider = values[`${PREFIX}class`]
  if (typeof provider !== 'string') return
  const assumes = provider.endsWith(ASSUME_ROLE) || /Sts?AssumeRole/i.test(provider)
  const arn = values[`${PREFIX}sts.role.arn`] as string
  if (assumes && arn === '') {
    yield {
      key: `${PREFIX}sts.role.arn`,
      message: `${PREFIX}sts.role.arn must be set for ${provider}: the role to assume.`,
    }
  }
  const isChain = /DefaultCredentialsProvider$|DefaultAWSCredentialsProviderChain$/.test(provider)
  if (isChain && arn !== '') {
    yield {
      key: `${PREFIX}class`,
      message:
        `${PREFIX}sts.role.arn is set, but ${provider} assumes no role: set ${PREFIX}class to ` +
        `io.confluent.connect.s3.auth.${ASSUME_ROLE}, or leave the role out.`,
    }
  }
}

function* chainIsShort({ values }: CheckInput): Iterable<ConfigProblem> {
  const chain = values[`${PREFIX}sts.role.chain`] as string[] | undefined
  const seconds = values[`${PREFIX}sts.role.duration.seconds`] as number | undefined
  if (!chain || chain.length === 0 || seconds === undefined || seconds <= MAX_CHAINED_SECONDS) return
  yield {
    key: `${PREFIX}sts.role.duration.seconds`,
    message: `Invalid value ${seconds} for configuration ${PREFIX}sts.role.duration.seconds: AWS lets a role that was assumed by a role last ${MAX_CHAINED_SECONDS} seconds at most.`,
  }
}
