/** The public face of Spillway's framework: what connectors, transforms and plugin authors build on. */
export * from './config/index.ts'
export * from './connector/index.ts'
export * from './converters/index.ts'
export * from './data/index.ts'
export * from './errors/connect-errors.ts'
export type * from './kafka/port.ts'
export { freeModules } from './plugins/worker-modules.ts'
export * from './storage/index.ts'
