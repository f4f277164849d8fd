/** The streams engine, under the name it is imported by. */
export * from '@spillway/streams'
