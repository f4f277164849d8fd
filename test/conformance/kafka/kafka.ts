/** The port under test, in one place. */
export * from '../../../framework/kafka/src/index.ts'
