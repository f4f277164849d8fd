import type { CheckInput, ConfigCheck, ConfigProblem } from '@spillway/api'
import { templateGrouping } from '@spillway/object-store'
import type { AivenConfig } from './aiven-keys.ts'
import { fileNameTemplate, prefixTemplate, type Template } from './aiven-file-names.ts'
import { storeProblems } from './aiven-s3-config.ts'
import { constantsFit } from '../config/key-rule.ts'

const TEMPLATE = 'file.name.template'

function* bucketIsNamed({ values }: CheckInput): Iterable<ConfigProblem> {
  if (values['aws.s3.bucket.name'] !== null || values['aws_s3_bucket'] !== null) return
  yield {
    key: 'aws.s3.bucket.name',
    message: 'Neither aws.s3.bucket.name nor aws_s3_bucket properties have been set',
  }
}

function* oneFieldWithoutEnvelope({ values }: CheckInput): Iterable<ConfigProblem> {
  const fields = (values['format.output.fields'] ?? values['output_fields'] ?? []) as readonly string[]
  if (values['format.output.envelope'] !== false || fields.length === 1) return
  yield {
    key: 'format.output.envelope',
    message: 'When format.output.envelope is false, format.output.fields must contain only one field',
  }
}

function* templatesAreKnown({ values, raw }: CheckInput): Iterable<ConfigProblem> {
  let key = TEMPLATE
  let text = raw[TEMPLATE] ?? null
  try {
    const template = fileNameTemplate(values)
    text = template.text
    const grouping = templateGrouping(template.text, template.parts)
    if (grouping.latestOnly && (values['file.max.records'] as number) > 1) {
      yield {
        key: 'file.max.records',
        message: `When ${TEMPLATE} is ${template.text}, file.max.records must be either 1 or not set`,
      }
    }
    yield* constantsFit(key, literalsOf(template))
    key = 'aws.s3.prefix'
    text = raw[key] ?? raw['aws_s3_prefix'] ?? null
    const prefix = prefixTemplate(values)
    if (prefix !== undefined) yield* constantsFit(key, literalsOf(prefix))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    yield { key, message: `Invalid value ${String(text)} for configuration ${key}: ${error.message}` }
  }
}

/** What of a template stands in every name. */
function literalsOf({ parts }: Template): string {
  return parts.filter((part) => typeof part === 'string').join('')
}

function* endpointOfStsNeedsRegion({ values }: CheckInput): Iterable<ConfigProblem> {
  const isOwn = values['aws.sts.config.endpoint'] !== 'https://sts.amazonaws.com'
  const hasRole = values['aws.sts.role.arn'] !== null && values['aws.sts.role.session.name'] !== null
  if (!hasRole || !isOwn || values['aws.s3.region'] !== null) return
  yield {
    key: 'aws.s3.region',
    message: 'aws.s3.region should be specified together with aws.sts.config.endpoint',
  }
}

function* roleIsWhole({ values }: CheckInput): Iterable<ConfigProblem> {
  const [arn, session] = ['aws.sts.role.arn', 'aws.sts.role.session.name']
  for (const [set, missing] of [
    [arn, session],
    [session, arn],
  ] as [string, string][]) {
    if (values[set] === null || values[missing] !== null) continue
    yield { key: missing, message: `${missing} must be set too, as ${set} is: else no role is assumed.` }
  }
}

/** Aiven's connector leaves a half out, and takes the default chain. */
function* keysAreWhole({ values }: CheckInput): Iterable<ConfigProblem> {
  const names = {
    key: ['aws.access.key.id', 'aws_access_key_id'],
    secret: ['aws.secret.access.key', 'aws_secret_access_key'],
  }
  if ([...names.key, ...names.secret].some((name) => values[name] === undefined)) return
  const key = names.key.find((name) => values[name] !== null)
  const secret = names.secret.find((name) => values[name] !== null)
  if ((key === undefined) === (secret === undefined)) return
  const [set, missing] = key === undefined ? [secret, names.key[0]] : [key, names.secret[0]]
  yield {
    key: missing as string,
    message: `${missing} must be set too, as ${set} is: without both, leave them out for the default chain.`,
  }
}

/** What the store's client finds wrong is told at Aiven's keys. */
function* storeIsUsable({ values, raw, plugins }: CheckInput): Iterable<ConfigProblem> {
  const isReadable = Object.values(values).every((value) => value !== undefined)
  const hasBucket = values['aws.s3.bucket.name'] !== null || values['aws_s3_bucket'] !== null
  if (isReadable && hasBucket) yield* storeProblems(raw, values as AivenConfig, plugins)
}

/** Rules over several keys. */
export const aivenChecks: ConfigCheck[] = [
  bucketIsNamed,
  oneFieldWithoutEnvelope,
  templatesAreKnown,
  endpointOfStsNeedsRegion,
  roleIsWhole,
  keysAreWhole,
  storeIsUsable,
]
