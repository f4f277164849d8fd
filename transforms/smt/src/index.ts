/** Single message transformations and predicates; the streams engine is '@spillway/streams'. */
export { predicates } from './predicates/index.ts'
export { transformations } from './transformations/index.ts'
