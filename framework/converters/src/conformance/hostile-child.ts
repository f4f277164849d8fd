/**
 * Reads hostile schemas and messages in a process of its own, so that the test that started it can hold it to memory and
 * time. Says on its standard output what came of each, one JSON per line, and `begin` before each.
 */
import type { Converter } from '../../../api/src/connector/converter.ts'
import { DataError } from '../../../api/src/errors/connect-errors.ts'
import { avroConverterPlugin } from '../avro/avro-converter.ts'
import { avroEncoder } from '../avro/index.ts'
import { JsonConverter } from '../json/json-converter.ts'
import { jsonSchemaConverterPlugin } from '../json-schema/json-schema-converter.ts'
import { protobufConverterPlugin } from '../protobuf/protobuf-converter.ts'
import { frame } from '../registry/wire-format.ts'
import { FakeRegistry } from './fake-registry.ts'
import { hostileCases, type HostileCase } from './hostile-schemas.ts'
import { randomOf } from '../testing/mutate.ts'
import { randomCase } from './random-hostile.ts'

/** What reading a message came to, and reading it once more. */
export interface HostileReport {
  readonly what: string
  readonly type: string
  readonly outcome: 'refused' | 'read'
  readonly message?: string
  /** Whether the schema was refused once for both messages. */
  readonly refusedOnce?: boolean
}

const PLUGINS = {
  AVRO: avroConverterPlugin,
  JSON: jsonSchemaConverterPlugin,
  PROTOBUF: protobufConverterPlugin,
}

const registry = await FakeRegistry.start()
let subjects = 0

async function read(converter: Converter, bytes: Buffer): Promise<DataError | undefined> {
  try {
    const { schema, value } = await converter.toConnectData('t', bytes, [])
    // What was read is also written: what stands behind a converter walks the same trees.
    tolerantly(() => {
      const json = new JsonConverter()
      json.configure({}, false)
      json.fromConnectData('t', schema, value)
    })
    tolerantly(() => avroEncoder(schema).encode(value))
    return undefined
  } catch (error) {
    if (error instanceof DataError) return error
    throw error
  }
}

/** Does what may be refused, but not fail otherwise. */
function tolerantly(work: () => unknown): void {
  try {
    work()
  } catch (error) {
    if (!(error instanceof DataError)) throw error
  }
}

async function run(hostile: HostileCase): Promise<HostileReport> {
  const { what, type, schema, payload, references = [], settings = {} } = hostile
  let converter: Converter
  let bytes: Buffer
  if (type === 'ENVELOPE') {
    const json = new JsonConverter()
    json.configure({ ...settings }, false)
    converter = json
    bytes = Buffer.concat([Buffer.from(`{"schema":${schema},"payload":`), payload, Buffer.from('}')])
  } else {
    const named = references.map(({ name, text }) => {
      registry.put(name, text, type)
      return { name, subject: name, version: 1 }
    })
    const id = registry.put(`s${subjects++}`, schema, type, named)
    converter = PLUGINS[type].create()
    await converter.configure({ 'schema.registry.url': registry.url, ...settings }, false)
    bytes = frame(id, payload)
  }
  const first = await read(converter, bytes)
  const second = await read(converter, bytes)
  await converter.close?.()
  if (first === undefined) return { what, type, outcome: 'read' }
  const refusedOnce = first === second || (first.cause !== undefined && first.cause === second?.cause)
  return { what, type, outcome: 'refused', message: first.message, refusedOnce }
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

const [runs = '0', seed = '1'] = process.argv.slice(2)
const random = randomOf(Number(seed))
const cases = runs === '0' ? hostileCases() : Array.from({ length: Number(runs) }, () => randomCase(random))
for (const hostile of cases) {
  say({ begin: `${hostile.type}: ${hostile.what}` })
  say(await run(hostile))
}
await registry.stop()
