/** What runs connectors: worker, herders, REST API, command line. */
export { readWorkerConfig } from './cli/config-file.ts'
export { type ProgramExtension, runProgram } from './cli/program.ts'
export { untilSignal } from './cli/until-signal.ts'
export { commandLogger } from './cli/worker-start.ts'
export {
  isForeignConnectorKey,
  sinkConnectorConfig,
  type SinkConnectorConfig,
} from './config/connector-config.ts'
export {
  isForeignWorkerKey,
  standaloneConfig,
  type StandaloneConfig,
  workerConfig,
  type WorkerConfig,
} from './config/worker-config.ts'
export type {
  AtTimestamp,
  ConnectorInfo,
  ConnectorOffset,
  ConnectorState,
  ConnectorStateInfo,
  Herder,
  OffsetChange,
  PluginInfo,
  State,
  TargetState,
  TaskInfo,
  TaskState,
} from './connector/herder.ts'
export { freeModules } from './plugins/worker-modules.ts'
export {
  createAdminServer,
  createRestServer,
  listen,
  type RestServerParts,
  type ServerParts,
} from './rest/rest-server.ts'
export { type StartedStandaloneWorker, type StartedWorker, startStandalone } from './start/standalone.ts'
export type { Caller } from './config/caller.ts'
