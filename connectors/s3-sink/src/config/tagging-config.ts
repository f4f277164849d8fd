import { configDef, ConfigError, oneOfAnyCase, type Validator } from '@spillway/api'
import type { ObjectTagging } from '@spillway/object-store'

const group = 'Tags'
const PAIRS = 's3.object.tagging.key.value.pairs'
/** S3 takes ten tags; three are taken. */
const MOST_PAIRS = 7
const OWN_TAGS = ['startOffset', 'endOffset', 'recordCount']

const pairs: Validator = {
  describe: () => `up to ${MOST_PAIRS} of key:value`,
  check(key, value) {
    const list = value as readonly string[]
    const complain = (why: string): never => {
      throw ConfigError.invalidValue(key, `[${list.join(', ')}]`, why)
    }
    const names = list.map((pair) => {
      const at = pair.indexOf(':')
      if (at <= 0) complain(`'${pair}' is no key:value`)
      return pair.slice(0, at).trim()
    })
    const taken = names.find((name, i) => OWN_TAGS.includes(name) || names.indexOf(name) !== i)
    if (taken !== undefined) complain(`the tag '${taken}' is there already`)
    if (list.length > MOST_PAIRS) complain(`S3 takes ten tags, of which ${OWN_TAGS.length} are taken`)
  },
}

/** Keys of tags on objects (`s3.object.tagging`). */
export const taggingConfig = configDef({
  's3.object.tagging': {
    type: 'boolean',
    default: false,
    importance: 'low',
    group,
    doc: 'Tag each object with `startOffset`, `endOffset` and `recordCount` after it was written. Of objects that belong together, the one of values, else that of keys. Needs s3:PutObjectTagging.',
  },
  [PAIRS]: {
    type: 'list',
    default: [],
    validator: pairs,
    importance: 'low',
    group,
    doc: 'Further tags, as `key:value` separated by commas; what follows the first colon is the value.',
  },
  's3.object.behavior.on.tagging.error': {
    type: 'string',
    default: 'ignore',
    validator: oneOfAnyCase('ignore', 'fail'),
    importance: 'low',
    group,
    doc: 'What happens where an object cannot be tagged: `ignore` warns after s3.part.retries tries, `fail` stops the task, after waiting out what passes by itself.',
  },
})

/** Undefined where objects are not tagged. */
export function taggingOf(config: {
  readonly 's3.object.tagging': boolean
  readonly 's3.object.tagging.key.value.pairs': readonly string[]
  readonly 's3.object.behavior.on.tagging.error': string
}): ObjectTagging | undefined {
  if (!config['s3.object.tagging']) return undefined
  const entries = config[PAIRS].map((pair) => {
    const at = pair.indexOf(':')
    return [pair.slice(0, at).trim(), pair.slice(at + 1).trim()]
  })
  return {
    pairs: Object.fromEntries(entries) as Record<string, string>,
    failureKey: 's3.object.behavior.on.tagging.error',
    failsTask: config['s3.object.behavior.on.tagging.error'].toLowerCase() === 'fail',
  }
}
