/** The port under test, in one place. */
export * from '../../../framework/src/kafka/index.ts'
