import type { JsonRequest, Step } from './step.ts'

export const CONNECTOR = 'FileStreamSink'
export const STRINGS = 'org.apache.kafka.connect.storage.StringConverter'

export const sink = (config: Readonly<Record<string, unknown>> = {}): Record<string, unknown> => ({
  'connector.class': CONNECTOR,
  topics: '<topic>',
  file: '<folder>/out.txt',
  'value.converter': STRINGS,
  ...config,
})
export const post = (name: unknown, config: unknown, more: object = {}): JsonRequest => ({
  method: 'POST',
  path: '/connectors',
  body: { name, config, ...more },
})
export const get = (path: string): JsonRequest => ({ method: 'GET', path })
export const put = (path: string, body?: unknown): JsonRequest => ({
  method: 'PUT',
  path,
  ...(body !== undefined && { body }),
})
export const del = (path: string): JsonRequest => ({ method: 'DELETE', path })
export const patch = (path: string, body: unknown): JsonRequest => ({ method: 'PATCH', path, body })
export const text = (
  method: string,
  path: string,
  raw: string,
  contentType = 'application/json',
): JsonRequest => ({
  method,
  path,
  raw,
  contentType,
})
export const validate = (config: Readonly<Record<string, unknown>>, plugin = CONNECTOR): JsonRequest =>
  put(`/connector-plugins/${plugin}/config/validate`, config)

export const running = (name: string, tasks = 1): Step => ({ until: { name, state: 'RUNNING', tasks } })
