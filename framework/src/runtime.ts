/** What a composition root needs to run workers; connectors and plugins use the package's main entry instead. */
export * from './cli/program.ts'
export * from './kafka/index.ts'
export * from './rest/rest-server.ts'
export * from './worker/connector-config.ts'
export * from './worker/herder.ts'
export * from './worker/standalone.ts'
export * from './worker/worker-config.ts'
