import { type CheckInput, configDef, type ConfigProblem, oneOf } from '@spillway/api'
import { anyStoreKeys, fileStoreKeys, type KeyRule } from '@spillway/object-store'

/** `object.key.rule` */
export const keyRuleConfig = configDef({
  'object.key.rule': {
    type: 'string',
    default: 'auto',
    validator: oneOf('auto', 's3', 'files'),
    importance: 'low',
    group: 'Naming',
    ours: true,
    doc:
      'Which object keys records may lead to; a record with another is bad. `s3`: up to 1,024 bytes of UTF-8 that can be listed, ' +
      'without elements `.` and `..`. `files`: also what a store such as MinIO takes, which keeps objects as files. ' +
      'Elements have up to 255 bytes, the last one up to 218. There is no slash at either end, and no directory has the name of an object. `auto`: `files` where the ' +
      'endpoint is not AWS’s own, and always with LocalStorage.',
  },
})

/** The rule of a bucket. The endpoint may come from the environment, as the SDK has it. */
export function keyRuleOf(config: {
  readonly 'object.key.rule': string
  readonly 'store.url': string | null
}): KeyRule {
  const rule = config['object.key.rule']
  if (rule === 's3') return anyStoreKeys
  if (rule === 'files') return fileStoreKeys
  const { AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL } = process.env
  const endpoint = config['store.url'] || AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL || ''
  return endpoint === '' || isOfAws(endpoint) ? anyStoreKeys : fileStoreKeys
}

/** Where the configuration alone makes every key one that no store takes. */
export function* constantsFit(key: string, root: string): Iterable<ConfigProblem> {
  const problem = anyStoreKeys(`${root}x`, { root })
  if (problem !== undefined)
    yield { key, message: `No object key can begin with the value of ${key}: ${problem}.` }
}

export function* topicsDirFits({ values }: CheckInput): Iterable<ConfigProblem> {
  const dir = values['topics.dir']
  if (typeof dir === 'string') yield* constantsFit('topics.dir', dir)
}

function isOfAws(endpoint: string): boolean {
  const host = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/:?#]*)/i.exec(endpoint)?.[1] ?? ''
  return /(^|\.)amazonaws\.com(\.cn)?$/i.test(host)
}
