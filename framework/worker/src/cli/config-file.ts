import { readFile } from 'node:fs/promises'
import { ConfigError, parseProperties, type RawConfig } from '@spillway/api'
import { configRequest, createConnectorRequest, type CreateConnectorRequest } from '../rest/request-bodies.ts'

/**
 * Reads a worker configuration: a flat JSON object, or `.properties` as `connect-standalone` takes them.
 * @throws {ConfigError} naming the file.
 */
export async function readWorkerConfig(path: string): Promise<RawConfig> {
  return await about(path, (content) => configRequest(content))
}

/**
 * Reads a connector configuration: `{name, config, initial_state}` as `POST /connectors` takes it, a flat JSON object,
 * or `.properties`.
 * @throws {ConfigError} naming the file.
 */
export async function readConnectorConfig(path: string): Promise<CreateConnectorRequest> {
  return await about(path, (content) => {
    const fields = content as Record<string, unknown>
    const isRequest = typeof fields['config'] === 'object' && fields['config'] !== null
    const request = isRequest ? createConnectorRequest(content) : { name: '', config: configRequest(content) }
    const name = request.name === '' ? (request.config['name'] ?? '') : request.name
    if (name === '') {
      throw new ConfigError('Missing required configuration "name" which has no default value.', {
        key: 'name',
      })
    }
    return { ...request, name }
  })
}

async function about<T>(path: string, read: (content: unknown) => T): Promise<T> {
  try {
    const text = await readText(path)
    return read(path.endsWith('.properties') ? parseProperties(text) : parseJson(text))
  } catch (cause) {
    throw new ConfigError(`${path}: ${(cause as Error).message}`, { cause })
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException
    const reasons: Readonly<Record<string, string>> = {
      ENOENT: 'there is no such file',
      EACCES: 'this user may not read it',
      EISDIR: 'it is a folder, not a file',
    }
    throw new ConfigError(reasons[code ?? ''] ?? message, { cause })
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new ConfigError(
      `not valid JSON (${(cause as Error).message}). A .properties file must have the ending .properties.`,
      { cause },
    )
  }
}
