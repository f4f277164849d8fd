/** Single message transformations and predicates, and the streams engine. */
export { predicates } from './predicates/index.ts'
export { transformations } from './smt/index.ts'
export * from './streams/index.ts'
