/** Counts in a process of its own, until it is told to end or killed: `counting-process.ts <input> <output> <config as JSON>`. */
import { KafkaStreams, type StreamsConfig } from '../../transforms/streams/src/index.ts'
import { counting } from './counting.ts'

const [input = '', output = '', config = '{}'] = process.argv.slice(2)
const log = (line: string): void => void process.stderr.write(`${line}\n`)
const logger = { debug: () => undefined, info: log, warn: log, error: log }
const app = new KafkaStreams(counting(input, output), JSON.parse(config) as StreamsConfig, { logger })
app.setStateListener((state) => process.send?.(state))
await app.start()
process.once('SIGTERM', () => void app.close().then(() => process.disconnect()))
await app.ended()
