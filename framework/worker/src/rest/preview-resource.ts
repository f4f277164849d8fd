import { BadRequestError, type RawConfig } from '@spillway/api'
import type { FastifyInstance } from 'fastify'
import type { Herder } from '../connector/herder.ts'
import type { PreviewInput, SampleRecord } from '../preview/preview-protocol.ts'
import { callerOf } from './authentication.ts'
import { configRequest } from './request-bodies.ts'
import { MOST_PREVIEWED } from './request-limits.ts'

/** `POST /connector-plugins/{class}/preview`, ours: where records would be written, without writing them. */
export function registerPreview(app: FastifyInstance, herder: Herder): void {
  app.post<{ Params: { plugin: string } }>('/connector-plugins/:plugin/preview', async (request) => {
    const { config, input } = previewRequest(request.body)
    return await herder.preview(request.params.plugin, config, input, callerOf(request))
  })
}

/**
 * `{"config": {…}, "records": […]}` with records of the request, or `{"config": {…}, "records": 10}` for the last ones
 * of the connector's topics.
 * @throws {BadRequestError}
 */
function previewRequest(body: unknown): { readonly config: RawConfig; readonly input: PreviewInput } {
  const { config, records, ...others } = objectOf(body, 'the request')
  const unknown = Object.keys(others)[0]
  if (unknown !== undefined) {
    throw new BadRequestError(
      `Unrecognized field "${unknown}", not marked as ignorable (2 known properties: "config", "records")`,
    )
  }
  const parsed = configRequest(config ?? {})
  if (typeof records === 'number') return { config: parsed, input: { last: countOf(records) } }
  if (!Array.isArray(records)) {
    throw new BadRequestError('"records" must be a list of records, or how many of the last ones to read')
  }
  countOf(records.length)
  const topic = (parsed['topics'] ?? '').split(',')[0]?.trim() ?? ''
  return { config: parsed, input: { records: records.map((record, i) => sampleOf(record, i, topic)) } }
}

function countOf(count: number): number {
  if (Number.isInteger(count) && count >= 1 && count <= MOST_PREVIEWED) return count
  throw new BadRequestError(`"records" must be 1 to ${MOST_PREVIEWED} records, not ${count}`)
}

function sampleOf(record: unknown, index: number, defaultTopic: string): SampleRecord {
  const where = `records[${index}]`
  const fields = objectOf(record, where)
  const known = ['topic', 'partition', 'offset', 'timestamp', 'key', 'value', 'headers']
  const unknown = Object.keys(fields).find((field) => !known.includes(field))
  if (unknown !== undefined) {
    throw new BadRequestError(`Unrecognized field "${unknown}" of ${where}: known are ${known.join(', ')}`)
  }
  const { topic = defaultTopic, partition = 0, offset = index, timestamp = Date.now(), headers = {} } = fields
  if (typeof topic !== 'string' || topic === '') {
    throw new BadRequestError(
      `${where} needs a topic: the configuration has no list of topics to take it from`,
    )
  }
  return {
    topic,
    partition: numberOf(partition, `${where}.partition`),
    offset: String(numberOf(offset, `${where}.offset`)),
    timestamp: timestamp === null ? null : numberOf(timestamp, `${where}.timestamp`),
    key: bytesOf(fields['key'] ?? null),
    value: bytesOf(fields['value'] ?? null),
    headers: Object.entries(objectOf(headers, `${where}.headers`)).map(([key, value]) => ({
      key,
      value: bytesOf(value),
    })),
  }
}

/** Text as it is, `{"base64": "…"}` as bytes, any other JSON as its own text. */
function bytesOf(value: unknown): Uint8Array | null {
  if (value === null) return null
  if (typeof value === 'string') return Buffer.from(value)
  const { base64, ...others } = typeof value === 'object' ? (value as Record<string, unknown>) : {}
  if (typeof base64 === 'string' && Object.keys(others).length === 0) return Buffer.from(base64, 'base64')
  return Buffer.from(JSON.stringify(value))
}

function numberOf(value: unknown, where: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw new BadRequestError(`${where} must be a whole number that is not negative`)
}

function objectOf(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw new BadRequestError(`Cannot deserialize ${what}: expected a JSON object`)
}
