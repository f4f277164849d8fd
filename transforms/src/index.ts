/** Single message transformations and predicates; the streams engine is '@spillway/transforms/streams'. */
export { predicates, transformations } from '@spillway/smt'
