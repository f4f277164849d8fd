import { configDef, oneOf, rule } from '@spillway/api'

const group = 'Objects'

const STORAGE_CLASSES = [
  'STANDARD',
  'REDUCED_REDUNDANCY',
  'STANDARD_IA',
  'ONEZONE_IA',
  'INTELLIGENT_TIERING',
  'GLACIER',
  'DEEP_ARCHIVE',
  'OUTPOSTS',
  'GLACIER_IR',
  'EXPRESS_ONEZONE',
]

const metadataPairs = rule('list of name:value, names of letters, digits and dashes', (value) => {
  const wrong = (value as string[]).find((pair) => !/^[A-Za-z0-9-]+:[\x20-\x7e]*$/.test(pair))
  return wrong === undefined
    ? undefined
    : `'${wrong}' is no name:value with a name of letters, digits and dashes and a value of ASCII`
})

/** Keys for what an object says of itself. Confluent's sink sets none of it. */
export const objectConfig = configDef({
  's3.object.content.type': {
    type: 'string',
    default: '',
    importance: 'low',
    group,
    ours: true,
    doc: 'Content-Type of the objects; empty for that of the format.',
  },
  's3.object.content.encoding': {
    type: 'string',
    default: '',
    importance: 'low',
    group,
    ours: true,
    doc: 'Content-Encoding of the objects, such as gzip: browsers and some clients then decompress what they read, and take the name for that of the text. Empty for none.',
  },
  's3.object.metadata': {
    type: 'list',
    default: [] as string[],
    validator: metadataPairs,
    importance: 'low',
    group,
    ours: true,
    doc: 'Metadata of the objects: `name:value,name2:value2`.',
  },
  's3.storage.class': {
    type: 'string',
    default: '',
    validator: oneOf('', ...STORAGE_CLASSES),
    importance: 'low',
    group,
    ours: true,
    doc: 'Storage class of the objects; empty for that of the bucket. Ledgers stay in that of the bucket.',
  },
  's3.sse.kms.bucket.key.enabled': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    ours: true,
    doc: 'With s3.ssea.name=aws:kms: use a key of the bucket, which asks KMS less often.',
  },
  's3.checksum.mode': {
    type: 'string',
    default: 'crc32',
    validator: oneOf('crc32', 'none'),
    importance: 'low',
    group,
    ours: true,
    doc: '`crc32`: objects that are put in one request go with a CRC-32 that the store compares. `none`: no header that only newer stores know.',
  },
})

/** The pairs of `s3.object.metadata`. */
export function metadataOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf(':')).toLowerCase(), pair.slice(pair.indexOf(':') + 1)]),
  )
}
