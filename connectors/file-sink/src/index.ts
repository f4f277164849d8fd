export * from './file-stream-sink.ts'
