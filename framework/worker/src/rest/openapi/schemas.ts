import { CONFIG_LIMITS } from '@spillway/api'
import { MOST_PREVIEWED, REQUEST_LIMITS } from '../request-limits.ts'

type Schema = Readonly<Record<string, unknown>>

const text = { type: 'string' }
const textOrNull = { type: ['string', 'null'] }
const integer = { type: 'integer' }
/** Whole numbers that JavaScript tells apart. */
const count = { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER }
const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` })
const listOf = (items: Schema): Schema => ({ type: 'array', items })

/** A number from 0, or the text of one. */
function wholeNumber(maximum: number): Schema {
  return {
    oneOf: [
      { type: 'integer', minimum: 0, maximum },
      { type: 'string', pattern: '^[0-9]{1,9}$' },
    ],
  }
}

/** All of `properties` are there, but for the optional ones. */
function object(properties: Readonly<Record<string, Schema>>, optional: readonly string[] = []): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, ...(required.length > 0 && { required }) }
}

/** Of a request: a field that is not known is an error. */
function closed(schema: Schema): Schema {
  return { ...schema, additionalProperties: false }
}

const state = {
  type: 'string',
  enum: ['UNASSIGNED', 'RUNNING', 'PAUSED', 'STOPPED', 'FAILED', 'RESTARTING'],
}
const taskId = object({ connector: text, task: integer })
const connectorState = object({ state, worker_id: text, trace: text, version: text }, ['trace', 'version'])
const level = { type: 'string', enum: ['OFF', 'FATAL', 'ERROR', 'WARN', 'INFO', 'DEBUG', 'TRACE', 'ALL'] }
const type = { type: 'string', enum: ['sink', 'unknown'] }

const anything = {}
const previewError = object({ stage: text, class: text, message: text })
const previewOutput = object(
  {
    topic: text,
    key: anything,
    value: anything,
    headers: { type: 'object' },
    destinations: listOf(text),
    statements: listOf(object({ sql: text, parameters: listOf(anything) }, ['parameters'])),
    error: previewError,
  },
  ['destinations', 'statements', 'error'],
)
const sampleRecord = closed(
  object(
    {
      topic: { type: 'string', minLength: 1 },
      partition: count,
      offset: count,
      timestamp: { ...count, type: ['integer', 'null'] },
      key: anything,
      value: anything,
      headers: { type: 'object' },
    },
    ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers'],
  ),
)

const schemas = {
  ErrorMessage: object({ error_code: integer, message: text }),
  Message: object({ message: text }),
  ServerInfo: object({ version: text, commit: text, kafka_cluster_id: text }),
  WorkerStatus: object({
    status: { type: 'string', enum: ['healthy', 'starting', 'unhealthy'] },
    message: text,
  }),
  Config: { type: 'object', additionalProperties: textOrNull },
  ConnectorConfig: {
    type: 'object',
    properties: { 'connector.class': { type: 'string', minLength: 1 } },
    additionalProperties: text,
    required: ['connector.class'],
    maxProperties: CONFIG_LIMITS.keys,
  },
  ConfigPatch: { type: 'object', additionalProperties: textOrNull },
  CreateConnectorRequest: closed(
    object(
      {
        name: { type: 'string', minLength: 1, maxLength: CONFIG_LIMITS.nameLength },
        config: ref('ConnectorConfig'),
        initial_state: { type: ['string', 'null'], enum: ['RUNNING', 'PAUSED', 'STOPPED', null] },
      },
      ['name', 'initial_state'],
    ),
  ),
  ConnectorInfo: object({ name: text, config: ref('Config'), tasks: listOf(taskId), type }),
  ConnectorStateInfo: object({
    name: text,
    connector: connectorState,
    tasks: listOf(ref('TaskState')),
    type,
  }),
  ExpandedConnector: object({ info: ref('ConnectorInfo'), status: ref('ConnectorStateInfo') }, [
    'info',
    'status',
  ]),
  TaskInfo: object({ id: taskId, config: ref('Config') }),
  TaskState: object(
    {
      id: integer,
      state,
      worker_id: text,
      trace: text,
      version: text,
      notice: text,
      restarts: integer,
      next_restart: { type: 'string', format: 'date-time' },
    },
    ['trace', 'version', 'notice', 'restarts', 'next_restart'],
  ),
  ActiveTopics: object({ topics: listOf(text) }),
  ConnectorOffsets: object({
    offsets: listOf(
      object({
        partition: object({ kafka_topic: text, kafka_partition: { type: ['integer', 'string'] } }),
        offset: {
          oneOf: [object({ kafka_offset: { type: ['integer', 'string'] } }), { type: 'null' }],
        },
      }),
    ),
  }),
  JobTopology: object({
    text,
    subtopologies: listOf(
      object({
        id: integer,
        global: { type: 'boolean' },
        nodes: listOf(
          object({
            name: text,
            kind: { type: 'string', enum: ['source', 'processor', 'sink'] },
            topics: listOf(text),
            pattern: { type: ['string', 'null'] },
            stores: listOf(text),
            successors: listOf(text),
          }),
        ),
      }),
    ),
  }),
  PreviewRequest: closed(
    object({
      config: ref('ConnectorConfig'),
      records: {
        oneOf: [
          { type: 'integer', minimum: 1, maximum: MOST_PREVIEWED },
          { ...listOf(sampleRecord), minItems: 1, maxItems: MOST_PREVIEWED },
        ],
      },
    }),
  ),
  PreviewResult: object({
    name: text,
    class: text,
    records: listOf(
      object(
        {
          topic: text,
          partition: integer,
          offset: integer,
          refined: listOf(
            object({ key: text, did: text, topic: text, fields: listOf(text) }, ['topic', 'fields']),
          ),
          error: previewError,
          outputs: listOf(previewOutput),
        },
        ['refined', 'error'],
      ),
    ),
  }),
  OffsetChanges: closed(
    object({
      offsets: {
        type: 'array',
        minItems: 1,
        maxItems: REQUEST_LIMITS.offsets,
        items: closed(
          object(
            {
              partition: object({
                kafka_topic: { type: 'string', minLength: 1 },
                kafka_partition: wholeNumber(2 ** 31 - 1),
              }),
              offset: {
                description:
                  'kafka_timestamp, in ms: the first record of then or later, else the end of the partition.',
                oneOf: [
                  object({ kafka_offset: wholeNumber(Number.MAX_SAFE_INTEGER) }),
                  object({ kafka_timestamp: wholeNumber(Number.MAX_SAFE_INTEGER) }),
                  { type: 'null' },
                ],
              },
            },
            ['offset'],
          ),
        ),
      },
    }),
  ),
  PluginInfo: object({ class: text, type: text, version: text, location: text, error: text }, [
    'version',
    'location',
    'error',
  ]),
  ConfigKeyInfo: object({
    name: text,
    type: text,
    required: { type: 'boolean' },
    default_value: textOrNull,
    importance: text,
    documentation: text,
    group: textOrNull,
    width: text,
    display_name: text,
    dependents: listOf(text),
    order_in_group: integer,
    order: integer,
  }),
  ConfigInfos: object(
    {
      name: text,
      error_count: integer,
      groups: listOf(text),
      configs: listOf(
        object({
          definition: { oneOf: [ref('ConfigKeyInfo'), { type: 'null' }] },
          value: object({
            name: text,
            value: textOrNull,
            recommended_values: listOf(text),
            errors: listOf(text),
            visible: { type: 'boolean' },
          }),
        }),
      ),
      sample_object_keys: listOf(text),
    },
    ['sample_object_keys'],
  ),
  LoggerLevel: object({ level, last_modified: { type: ['integer', 'null'] } }),
  LoggerLevelRequest: object({ level }),
} satisfies Readonly<Record<string, Schema>>

/** Name of a schema of the REST API's description. */
export type SchemaName = keyof typeof schemas

/** What the bodies of requests and answers look like. */
export const SCHEMAS: Readonly<Record<SchemaName, Schema>> = schemas
