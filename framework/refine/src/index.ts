/** `refine.*`: what of a topic reaches a sink, and under which name. */
export { refineConfig } from './refine-config.ts'
export { type RefineAction, REFINE_CLASS, Refiner } from './refiner.ts'
