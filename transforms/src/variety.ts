/** The variety partitioner, under the name it is imported by. */
export * from '@spillway/variety'
