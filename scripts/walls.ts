/** The packages and what each may import: one declaration for the linter, its test and DESIGN.md's check. */

export interface Wall {
  /** The package's folder, below the root. */
  readonly folder: string
  readonly name: string
  /** Packages of ours that its sources may import. */
  readonly mayImport: readonly string[]
  /** Entries of its package beside its name, for whoever may import it: small ones, that load less than the whole. */
  readonly doors?: readonly string[]
  /** Whether it may import a Kafka client. */
  readonly isKafka?: boolean
  /** Rooms of its `src`, from the bottom up: a room imports only rooms that stand before it. */
  readonly rooms?: readonly string[]
  /** Files of the testing room that the package's face exports all the same. They need nothing that production lacks. */
  readonly publicTesting?: readonly string[]
}

/**
 * The room of a package's conformance suite, its entry `./testing`. It stands above all other rooms, and may import the
 * testing rooms of the packages that its own may import.
 */
export const TESTING = 'testing'

const API = '@spillway/api'
const KAFKA = '@spillway/kafka'
const CONVERTERS = '@spillway/converters'
const OBJECT_STORE = '@spillway/object-store'
const REFINE = '@spillway/refine'
const FRAMEWORK = '@spillway/framework'
const WORKER = '@spillway/worker'
const SMT = '@spillway/smt'
const STREAMS = '@spillway/streams'
const VARIETY = '@spillway/variety'
const CONNECTORS = ['@spillway/file-sink', '@spillway/jdbc-sink', '@spillway/s3-sink']

export const WALLS: readonly Wall[] = [
  {
    folder: 'framework/api',
    name: API,
    mayImport: [],
    rooms: ['errors', 'data', 'time', 'kafka', 'object-store', 'config', 'connector'],
  },
  {
    folder: 'framework/kafka',
    name: KAFKA,
    mayImport: [API],
    isKafka: true,
    rooms: ['client', 'platformatic', 'kafkajs'],
  },
  {
    folder: 'framework/converters',
    name: CONVERTERS,
    mayImport: [API],
    rooms: ['registry', 'json', 'avro', 'json-schema', 'protobuf'],
  },
  {
    folder: 'framework/object-store',
    name: OBJECT_STORE,
    mayImport: [API, CONVERTERS],
    rooms: [
      'spill',
      'upload',
      'formats',
      'confluent',
      'partitioners',
      'naming',
      'local',
      'restore',
      'views',
      'rotation',
      'settings',
      'commits',
      'sink',
    ],
  },
  { folder: 'framework/refine', name: REFINE, mayImport: [API, CONVERTERS] },
  { folder: 'framework', name: FRAMEWORK, mayImport: [API, CONVERTERS, OBJECT_STORE] },
  {
    folder: 'framework/worker',
    name: WORKER,
    mayImport: [API, KAFKA, CONVERTERS, OBJECT_STORE, REFINE],
    rooms: [
      'failures',
      'config',
      'observe',
      'plugins',
      'task',
      'preview',
      'threads',
      'connector',
      'supervision',
      'herder',
      'rest',
      'distributed',
      'start',
      'cli',
    ],
  },
  // Producers of any kind follow a plan with this package alone: it imports no package at all.
  { folder: 'transforms/variety', name: VARIETY, mayImport: [], rooms: ['core', 'clients'] },
  { folder: 'transforms/smt', name: SMT, mayImport: [API], rooms: ['transformations', 'predicates'] },
  {
    folder: 'transforms/streams',
    name: STREAMS,
    mayImport: [API, KAFKA],
    // The plugin of a streams job, without the engine.
    doors: ['job'],
    // What runs a topology stands above what makes one. Each that runs tasks (the test driver, Kafka) is a room above
    // `runtime`.
    rooms: [
      'core',
      'config',
      'windows',
      'state',
      'stores',
      'context',
      'topology',
      'processors',
      'dsl',
      'runtime',
      'kafka',
      'job',
      'testing',
    ],
    publicTesting: ['test-record.ts', 'test-topics.ts', 'topology-test-driver.ts'],
  },
  { folder: 'transforms', name: '@spillway/transforms', mayImport: [SMT, STREAMS, VARIETY] },
  { folder: 'connectors/file-sink', name: '@spillway/file-sink', mayImport: [API] },
  {
    folder: 'connectors/jdbc-sink',
    name: '@spillway/jdbc-sink',
    mayImport: [API],
    rooms: ['values', 'config', 'dialects', 'tables', 'plan', 'write', 'preview'],
  },
  {
    folder: 'connectors/s3-sink',
    name: '@spillway/s3-sink',
    mayImport: [API, OBJECT_STORE],
    rooms: ['credentials', 'config', 'store', 'confluent', 'aiven'],
  },
  {
    folder: 'spillway',
    name: 'spillway',
    mayImport: [API, KAFKA, CONVERTERS, OBJECT_STORE, WORKER, SMT, STREAMS, VARIETY, ...CONNECTORS],
  },
]
