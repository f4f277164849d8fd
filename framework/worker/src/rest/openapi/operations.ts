import type { SchemaName } from './schemas.ts'

type Inline = Readonly<Record<string, unknown>>

/** One route of the REST API, for its description. */
export interface Operation {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete'
  readonly path: string
  readonly id: string
  readonly summary: string
  readonly query?: Readonly<Record<string, Inline>>
  readonly body?: SchemaName
  /** By status: a schema, `text` for plain text, null for no body. */
  readonly answers: Readonly<Record<number, SchemaName | 'text' | Inline | null>>
  /** Statuses of errors that this operation has beside those of all. */
  readonly errors?: readonly number[]
}

const flag = { type: 'boolean', default: false }
const listOf = (name: SchemaName): Inline => ({
  type: 'array',
  items: { $ref: `#/components/schemas/${name}` },
})
const mapOf = (name: SchemaName): Inline => ({
  type: 'object',
  additionalProperties: { $ref: `#/components/schemas/${name}` },
})
const names = { type: 'array', items: { type: 'string' } }

/** Every route there is; a test compares them with the ones that answer. */
export const OPERATIONS: readonly Operation[] = [
  { method: 'get', path: '/', id: 'getServerInfo', summary: 'The worker.', answers: { 200: 'ServerInfo' } },
  {
    method: 'get',
    path: '/health',
    id: 'getHealth',
    summary: 'Whether the worker can serve requests (KIP-1017).',
    answers: { 200: 'WorkerStatus', 500: 'WorkerStatus', 503: 'WorkerStatus' },
  },
  {
    method: 'get',
    path: '/metrics',
    id: 'getMetrics',
    summary: "Metrics of this worker in Prometheus' text format.",
    answers: { 200: 'text' },
  },
  {
    method: 'get',
    path: '/openapi.json',
    id: 'getOpenApi',
    summary: 'This description.',
    answers: { 200: { type: 'object' } },
  },
  {
    method: 'get',
    path: '/connectors',
    id: 'listConnectors',
    summary: 'Names of the connectors, or what `expand` asks for by name.',
    query: { expand: { type: 'array', items: { type: 'string', enum: ['status', 'info'] } } },
    answers: { 200: { oneOf: [names, mapOf('ExpandedConnector')] } },
  },
  {
    method: 'post',
    path: '/connectors',
    id: 'createConnector',
    summary: 'Creates a connector.',
    body: 'CreateConnectorRequest',
    answers: { 201: 'ConnectorInfo' },
  },
  {
    method: 'get',
    path: '/connectors/{name}',
    id: 'getConnector',
    summary: 'A connector.',
    answers: { 200: 'ConnectorInfo' },
  },
  {
    method: 'delete',
    path: '/connectors/{name}',
    id: 'deleteConnector',
    summary: 'Stops a connector and forgets it; its offsets stay.',
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/connectors/{name}/config',
    id: 'getConnectorConfig',
    summary: 'The configuration of a connector, as it was written.',
    answers: { 200: 'Config' },
  },
  {
    method: 'put',
    path: '/connectors/{name}/config',
    id: 'putConnectorConfig',
    summary: 'Creates a connector, or gives it a new configuration.',
    body: 'ConnectorConfig',
    answers: { 200: 'ConnectorInfo', 201: 'ConnectorInfo' },
  },
  {
    method: 'patch',
    path: '/connectors/{name}/config',
    id: 'patchConnectorConfig',
    summary: 'Changes single keys of a configuration; null removes one (KIP-477).',
    body: 'ConfigPatch',
    answers: { 200: 'ConnectorInfo' },
  },
  {
    method: 'get',
    path: '/connectors/{name}/status',
    id: 'getConnectorStatus',
    summary: 'States of a connector and its tasks.',
    answers: { 200: 'ConnectorStateInfo' },
  },
  {
    method: 'put',
    path: '/connectors/{name}/pause',
    id: 'pauseConnector',
    summary: 'Pauses a connector and its tasks.',
    answers: { 202: null },
  },
  {
    method: 'put',
    path: '/connectors/{name}/resume',
    id: 'resumeConnector',
    summary: 'Lets a connector that is paused or stopped run again.',
    answers: { 202: null },
  },
  {
    method: 'put',
    path: '/connectors/{name}/stop',
    id: 'stopConnector',
    summary: 'Stops a connector and ends its tasks (KIP-875).',
    answers: { 204: null },
  },
  {
    method: 'post',
    path: '/connectors/{name}/restart',
    id: 'restartConnector',
    summary: 'Restarts a connector and, by choice, its tasks (KIP-745).',
    query: { includeTasks: flag, onlyFailed: flag },
    answers: { 202: 'ConnectorStateInfo', 204: null },
  },
  {
    method: 'get',
    path: '/connectors/{name}/tasks',
    id: 'listTasks',
    summary: 'The tasks of a connector with their configurations.',
    answers: { 200: listOf('TaskInfo') },
  },
  {
    method: 'get',
    path: '/connectors/{name}/tasks/{task}/status',
    id: 'getTaskStatus',
    summary: 'State of a task.',
    answers: { 200: 'TaskState' },
  },
  {
    method: 'post',
    path: '/connectors/{name}/tasks/{task}/restart',
    id: 'restartTask',
    summary: 'Restarts a task.',
    answers: { 204: null },
  },
  {
    method: 'get',
    path: '/connectors/{name}/topics',
    id: 'getActiveTopics',
    summary: 'Topics that a connector has read (KIP-558).',
    answers: { 200: mapOf('ActiveTopics') },
    errors: [403],
  },
  {
    method: 'put',
    path: '/connectors/{name}/topics/reset',
    id: 'resetActiveTopics',
    summary: 'Forgets the topics that a connector has read.',
    answers: { 202: null },
    errors: [403],
  },
  {
    method: 'get',
    path: '/connectors/{name}/offsets',
    id: 'getOffsets',
    summary: 'Committed offsets of a connector.',
    answers: { 200: 'ConnectorOffsets' },
  },
  {
    method: 'get',
    path: '/connectors/{name}/topology',
    id: 'getTopology',
    summary: 'What a streams job runs, as text and as nodes.',
    answers: { 200: 'JobTopology' },
  },
  {
    method: 'patch',
    path: '/connectors/{name}/offsets',
    id: 'alterOffsets',
    summary: 'Sets offsets of a stopped connector, as offsets or by their time; null forgets one.',
    body: 'OffsetChanges',
    answers: { 200: 'Message' },
  },
  {
    method: 'delete',
    path: '/connectors/{name}/offsets',
    id: 'resetOffsets',
    summary: 'Forgets all offsets of a stopped connector.',
    answers: { 200: 'Message' },
  },
  {
    method: 'get',
    path: '/connector-plugins',
    id: 'listPlugins',
    summary: 'Installed plugins.',
    query: {
      connectorsOnly: { type: 'boolean', default: true },
      kinds: {
        enum: ['connect', 'all'],
        default: 'connect',
        description:
          'Spillway. With connectorsOnly=false, `all` lists the kinds too that Kafka Connect does not know: formats, ' +
          'partitioners, timestamp extractors, object stores, dialects, credential sources, configuration providers.',
      },
    },
    answers: { 200: listOf('PluginInfo') },
  },
  {
    method: 'get',
    path: '/connector-plugins/{plugin}/config',
    id: 'getPluginConfig',
    summary: 'Configuration keys of a plugin.',
    answers: { 200: listOf('ConfigKeyInfo') },
  },
  {
    method: 'put',
    path: '/connector-plugins/{plugin}/config/validate',
    id: 'validateConfig',
    summary: 'Everything that is wrong with a configuration.',
    body: 'Config',
    answers: { 200: 'ConfigInfos' },
  },
  {
    method: 'post',
    path: '/connector-plugins/{plugin}/preview',
    id: 'previewConfig',
    summary: 'Where records would be written, without writing them.',
    body: 'PreviewRequest',
    answers: { 200: 'PreviewResult' },
    errors: [429],
  },
  {
    method: 'get',
    path: '/admin/loggers',
    id: 'listLoggers',
    summary: 'Loggers with their levels.',
    answers: { 200: mapOf('LoggerLevel') },
  },
  {
    method: 'get',
    path: '/admin/loggers/{logger}',
    id: 'getLogger',
    summary: 'Level of a logger.',
    answers: { 200: 'LoggerLevel' },
  },
  {
    method: 'put',
    path: '/admin/loggers/{logger}',
    id: 'setLoggerLevel',
    summary: 'Sets the level of a logger and of all below it, on this worker or (KIP-976) all of them.',
    query: { scope: { type: 'string', enum: ['worker', 'cluster'], default: 'worker' } },
    body: 'LoggerLevelRequest',
    answers: { 200: names, 204: null },
  },
]
