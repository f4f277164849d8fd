import {
  type CheckInput,
  configDef,
  ConfigError,
  type ConfigProblem,
  didYouMean,
  HintBudget,
  type RawConfig,
  type Validator,
} from '@spillway/api'
import { compileCondition } from './compile-condition.ts'
import { type ProjectionKeys, projectionOf, ProjectionProblem } from './projection.ts'
import { FieldNames } from './record-fields.ts'
import { SyntaxProblem } from './syntax.ts'
import { compileTemplate, isTopicName } from './topic-template.ts'

/** A text that compiles; the empty one is none. */
function compiles(description: string, compile: (text: string, key: string) => unknown): Validator {
  return {
    describe: () => description,
    check(key, value) {
      if (value === null || value === '') return
      try {
        compile(String(value), key)
      } catch (error) {
        if (!(error instanceof SyntaxProblem)) throw error
        throw ConfigError.invalidValue(key, shown(String(value)), error.message)
      }
    },
  }
}

const MOST_SHOWN = 200

function shown(text: string): string {
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

const condition = compiles('a condition, docs/guides/refine.md', (text, key) =>
  compileCondition(text, key, new FieldNames()),
)
const template = compiles('a name of a topic, fields as {{value.name}}', (text) =>
  compileTemplate(text, new FieldNames()),
)
const topicName: Validator = {
  describe: () => 'a name of a topic',
  check(key, value) {
    if (value === '' || isTopicName(String(value))) return
    throw ConfigError.invalidValue(
      key,
      shown(String(value)),
      'a topic has 1 to 249 letters, digits, dots, underscores and hyphens',
    )
  },
}

const shared = { group: 'Refine', importance: 'medium', width: 'long', ours: true } as const

/** The keys `refine.*` of every sink connector; Kafka Connect has none of them. */
export const refineConfig = configDef(
  {
    'refine.keep': {
      ...shared,
      type: 'string',
      default: '',
      validator: condition,
      displayName: 'Keep records',
      doc: 'Condition of the records that are kept, such as `value.type in ["click", "view"]`; the others are dropped. Before all transformations. A tombstone is dropped only by a condition that does without fields of the value.',
    },
    'refine.drop': {
      ...shared,
      type: 'string',
      default: '',
      validator: condition,
      displayName: 'Drop records',
      doc: 'Condition of the records that are dropped, asked after `refine.keep`.',
    },
    'refine.route.topic': {
      ...shared,
      type: 'string',
      default: '',
      validator: template,
      displayName: 'Topic from fields',
      doc: 'New topic of the records, such as `iot-{{value.type}}`: what a sink makes directories and tables of. Offsets stay those of the topic that is read.',
    },
    'refine.route.otherwise': {
      ...shared,
      type: 'string',
      default: '',
      validator: topicName,
      displayName: 'Topic of records that have none',
      doc: 'Topic of records of which `refine.route.topic` makes no name, as a field is missing or no part of a name. Without it they fail, and `errors.tolerance` decides; tombstones keep their topic.',
    },
    'refine.project.include': {
      ...shared,
      type: 'list',
      default: [],
      displayName: 'Fields to keep',
      doc: 'The only fields of the value to keep; all where it is empty. Dots lead into nested fields; a name with dots stands in backticks.',
    },
    'refine.project.exclude': {
      ...shared,
      type: 'list',
      default: [],
      displayName: 'Fields to leave out',
      doc: 'Fields of the value to leave out; wins over `refine.project.include`.',
    },
    'refine.project.rename': {
      ...shared,
      type: 'list',
      default: [],
      displayName: 'New names of fields',
      doc: 'New names of fields of the value, as pairs `path:name`. A field stays where it is.',
    },
  },
  [otherwiseHasATemplate, projectionFits, keysAreKnown],
)

const PREFIX = 'refine.'
/** What cannot be told from one record alone. */
const STAGED = ['rekey', 'dedupe', 'latest', 'variety']

function* otherwiseHasATemplate({ values }: CheckInput): Iterable<ConfigProblem> {
  if ((values['refine.route.otherwise'] ?? '') !== '' && values['refine.route.topic'] === '')
    yield {
      key: 'refine.route.otherwise',
      message: 'refine.route.otherwise needs refine.route.topic beside it.',
    }
}

function* projectionFits({ values }: CheckInput): Iterable<ConfigProblem> {
  try {
    projectionOf(projectionKeys(values))
  } catch (error) {
    if (!(error instanceof ProjectionProblem)) throw error
    const key = `refine.project.${error.key}`
    yield { key, message: `Invalid value for configuration ${key}: ${shown(error.message)}` }
  }
}

/** The three lists of a parsed configuration. */
export function projectionKeys(values: Readonly<Record<string, unknown>>): ProjectionKeys {
  const list = (key: keyof ProjectionKeys): readonly string[] =>
    (values[`refine.project.${key}`] as readonly string[] | undefined) ?? []
  return { include: list('include'), exclude: list('exclude'), rename: list('rename') }
}

/** A key that is not known is an error here, not a warning: a filter that is silently off writes what must not be written. */
function* keysAreKnown({ raw }: CheckInput): Iterable<ConfigProblem> {
  const budget = new HintBudget()
  for (const key of ownKeys(raw)) {
    if (Object.hasOwn(refineConfig.keys, key)) continue
    const [step = ''] = key.slice(PREFIX.length).split('.')
    if (STAGED.includes(step)) {
      const message = `${key} needs a managed stage, which this version does not have: refine.* takes what is told from one record alone.`
      yield { key, message }
      continue
    }
    const meant = didYouMean(key, Object.keys(refineConfig.keys), budget)
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`
    yield { key, message: `There is no configuration ${key}.${hint}` }
  }
}

function ownKeys(raw: RawConfig): string[] {
  return Object.keys(raw).filter((key) => key.startsWith(PREFIX))
}
