import type { CheckInput, ConfigCheck, ConfigProblem } from '@spillway/api'
import { templateGrouping } from '@spillway/object-store'
import { fileNameTemplate, prefixTemplate } from './aiven-file-names.ts'

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
    key = 'aws.s3.prefix'
    text = raw[key] ?? raw['aws_s3_prefix'] ?? null
    prefixTemplate(values)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    yield { key, message: `Invalid value ${String(text)} for configuration ${key}: ${error.message}` }
  }
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

/** Rules over several keys. */
export const aivenChecks: ConfigCheck[] = [
  bucketIsNamed,
  oneFieldWithoutEnvelope,
  templatesAreKnown,
  endpointOfStsNeedsRegion,
  roleIsWhole,
]
