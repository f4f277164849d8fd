/** Counts in a process of its own, and answers for the keys that it is asked: `asking-process.ts <input> <output> <config as JSON>`. */
import { KafkaStreams, type StreamsConfig } from '../../transforms/streams/src/index.ts'
import { ask } from './asking.ts'
import { counting } from './counting.ts'

const [input = '', output = '', config = '{}'] = process.argv.slice(2)
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const logger = { debug: () => undefined, info: log, warn: log, error: log }
const app = new KafkaStreams(counting(input, output), JSON.parse(config) as StreamsConfig, { logger })
await app.start()
process.on('message', (key) => process.send?.(ask(app, String(key))))
process.once('SIGTERM', () => void app.close().then(() => process.disconnect()))
process.send?.('ready')
await app.ended()
