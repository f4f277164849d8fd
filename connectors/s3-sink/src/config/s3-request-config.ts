import {
  type CheckInput,
  configDef,
  type ConfigProblem,
  oneOf,
  type Password,
  rule,
  type Validator,
  valueOf,
} from '@spillway/api'
import { isReadable } from '@spillway/object-store'
import { httpUrl } from './url-rules.ts'

const encryption = 'Encryption and access'
const network = 'Network'

const ACLS = [
  'private',
  'public-read',
  'public-read-write',
  'authenticated-read',
  'aws-exec-read',
  'bucket-owner-read',
  'bucket-owner-full-control',
]

const knownAcl = valueOf(...ACLS)
/** Empty is none, as of `s3.ssea.name`: who writes every key leaves both empty. */
const acl: Validator = {
  ...knownAcl,
  check(key, value) {
    if (value !== '') knownAcl.check(key, value)
  },
}

const CUSTOMER_KEY_BYTES = 32

const customerKey = rule(`base64 of ${CUSTOMER_KEY_BYTES} bytes`, (value) => {
  const key = (value as Password | null)?.reveal() ?? ''
  if (key === '') return undefined
  const must = `it must be base64 of ${CUSTOMER_KEY_BYTES} bytes`
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(key)) return `${must}, but is no base64`
  const { length } = Buffer.from(key, 'base64')
  return length === CUSTOMER_KEY_BYTES ? undefined : `${must}, but is of ${length}`
})

/** Keys that decide how requests are made and what they ask of the store beside the bytes. */
export const s3RequestConfig = configDef(
  {
    's3.ssea.name': {
      type: 'string',
      default: '',
      validator: oneOf('', 'AES256', 'aws:kms', 'aws:kms:dsse', 'aws:fsx'),
      importance: 'low',
      group: encryption,
      doc: 'Server-side encryption that is asked for; empty leaves it to the bucket.',
    },
    's3.sse.kms.key.id': {
      type: 'string',
      default: '',
      importance: 'low',
      group: encryption,
      doc: 'Key of aws:kms; empty for the default key of the account.',
    },
    's3.sse.customer.key': {
      type: 'password',
      default: null,
      validator: customerKey,
      importance: 'low',
      group: encryption,
      doc: 'With s3.ssea.name=AES256: a key of your own (SSE-C), base64 of 32 bytes. Whoever reads the objects needs it.',
    },
    's3.acl.canned': {
      type: 'string',
      default: null,
      validator: acl,
      importance: 'low',
      group: encryption,
      doc: 'Canned ACL of the objects.',
    },
    's3.wan.mode': {
      type: 'boolean',
      default: false,
      importance: 'medium',
      group: network,
      doc: 'Use the accelerated endpoint of S3; not together with s3.path.style.access.enabled.',
    },
    's3.proxy.url': {
      type: 'string',
      default: '',
      validator: httpUrl,
      importance: 'low',
      group: network,
      doc: 'HTTP proxy to reach the store through, such as http://proxy:3128; a user in it gives way to s3.proxy.user.',
    },
    's3.proxy.user': {
      type: 'string',
      default: null,
      importance: 'low',
      group: network,
      doc: 'User of the proxy.',
    },
    's3.proxy.password': {
      type: 'password',
      default: null,
      importance: 'low',
      group: network,
      doc: 'Password of the proxy.',
    },
    's3.validate.access': {
      type: 'boolean',
      default: true,
      importance: 'low',
      group: network,
      ours: true,
      doc: 'When REST validation is asked for, also begin an upload in the bucket and abort it. Only a refusal of the store is an error; one that does not answer within 5 s is not.',
    },
    'enable.conditional.writes': {
      type: 'boolean',
      default: true,
      importance: 'low',
      group: network,
      doc: 'Whether scheduled rotation may rely on conditional writes. False is exactly.once=off where that is at auto.',
    },
    'max.files.scan.limit': {
      type: 'int',
      default: 100,
      importance: 'low',
      group: network,
      internal: true,
      doc: 'Names that are tried if one exists already.',
      noEffect: 'an object that has the name already says where it ends, and the next one begins there',
    },
  },
  [accelerationNeedsHosts],
)

function* accelerationNeedsHosts({ values }: CheckInput): Iterable<ConfigProblem> {
  if (values['s3.wan.mode'] !== true || values['s3.path.style.access.enabled'] !== true) return
  if (!isReadable(values)) return
  for (const key of ['s3.wan.mode', 's3.path.style.access.enabled']) {
    yield {
      key,
      message:
        'Both accelerate mode and path style access are being enabled. These options are mutually exclusive and ' +
        'cannot be enabled together. Please disable one of them',
    }
  }
}

/** The proxy's URL with its user. */
export function proxyOf(config: {
  readonly 's3.proxy.url': string
  readonly 's3.proxy.user': string | null
  readonly 's3.proxy.password': Password | null
}): string | undefined {
  if (config['s3.proxy.url'] === '') return undefined
  const url = new URL(config['s3.proxy.url'])
  if (config['s3.proxy.user'] !== null) url.username = config['s3.proxy.user']
  if (config['s3.proxy.password'] !== null) url.password = config['s3.proxy.password'].reveal()
  return url.href
}
