import { ConfigError, type RawConfig } from '@spillway/api'
import { type LogLevelSettings, parseLogLevel } from '../observe/log-levels.ts'

export type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'CONNECT_'
/** What Confluent's image reads before the worker starts: no keys of the worker's. */
const NOT_KEYS = /^CONNECT_(?:LOG4J_.*|TOOLS_LOG4J_.*|CUB_.*)$/
const SEPARATORS: Readonly<Record<string, string>> = { _: '.', __: '_', ___: '-' }

const REQUIRED_ALWAYS = ['bootstrap.servers', 'key.converter', 'value.converter']
const REQUIRED_IN_A_CLUSTER = [
  'bootstrap.servers',
  'group.id',
  'config.storage.topic',
  'offset.storage.topic',
  'status.storage.topic',
  'key.converter',
  'value.converter',
  'rest.advertised.host.name',
]
const AVRO_CONVERTER = 'io.confluent.connect.avro.AvroConverter'

/** A worker as the environment of a container describes it. */
export interface EnvironmentSettings {
  readonly config: RawConfig
  /** `CONNECT_LOG4J_ROOT_LOGLEVEL`; undefined where it is not set. */
  readonly logLevel?: string
  /** `CONNECT_LOG4J_LOGGERS`: levels by logger name. */
  readonly logLevels: LogLevelSettings
}

/** What a worker must be told: one of a cluster needs more. */
export type WorkerKind = 'standalone' | 'distributed'

/**
 * A worker's configuration from `CONNECT_*` variables, as Confluent's image maps them: lower case, `_` is a dot, `__`
 * an underscore, `___` a dash.
 *
 * @throws {ConfigError} naming every required variable that is missing or empty, or what is wrong with a log level.
 */
export function settingsFromEnv(env: Environment, kind: WorkerKind): EnvironmentSettings {
  const config = settingsInEnv(env)
  refuseMissing(config, kind)
  const logLevel = env['CONNECT_LOG4J_ROOT_LOGLEVEL']
  return {
    config,
    ...(logLevel !== undefined &&
      logLevel !== '' && { logLevel: levelOf(logLevel, 'CONNECT_LOG4J_ROOT_LOGLEVEL') }),
    logLevels: parseLoggers(env['CONNECT_LOG4J_LOGGERS'] ?? ''),
  }
}

/** What the variables say, complete or not. */
export function settingsInEnv(env: Environment): Readonly<Record<string, string>> {
  const entries = Object.entries(env).flatMap(([name, value]) =>
    value === undefined || !name.startsWith(PREFIX) || name === PREFIX || NOT_KEYS.test(name)
      ? []
      : [[keyOf(name), value] as const],
  )
  return Object.fromEntries(entries)
}

/** The key a variable stands for: `key.converter.schemas.enable` for `CONNECT_KEY_CONVERTER_SCHEMAS_ENABLE`. */
export function keyOf(variable: string): string {
  return variable
    .slice(PREFIX.length)
    .toLowerCase()
    .replace(/_{1,3}/g, (run) => SEPARATORS[run] ?? run)
}

/** The variable that stands for a key. */
export function variableOf(key: string): string {
  const name = key.replace(/[._-]/g, (char) => ({ '.': '_', _: '__', '-': '___' })[char] ?? char)
  return `${PREFIX}${name.toUpperCase()}`
}

function refuseMissing(config: RawConfig, kind: WorkerKind): void {
  const required = kind === 'distributed' ? REQUIRED_IN_A_CLUSTER : REQUIRED_ALWAYS
  const ofConverters = ['key.converter', 'value.converter']
    .filter((key) => config[key] === AVRO_CONVERTER)
    .map((key) => `${key}.schema.registry.url`)
  const missing = [...required, ...ofConverters].filter((key) => (config[key] ?? '').trim() === '')
  if (missing.length === 0) return
  throw new ConfigError(
    `Missing required environment variables: ${missing.map(variableOf).join(', ')}. ` +
      'Set them for the container (docker run -e NAME=value, or environment: in a compose file).',
    { key: missing[0] ?? '' },
  )
}

/** `a.b=WARN,c=DEBUG`. */
function parseLoggers(text: string): LogLevelSettings {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map((entry) => {
      const [name = '', level = ''] = entry.split('=').map((part) => part.trim())
      if (name === '' || parseLogLevel(level) === undefined) throw wrongLevel('CONNECT_LOG4J_LOGGERS', entry)
      return [name, level.toUpperCase()] as const
    })
  return Object.fromEntries(entries) as LogLevelSettings
}

function levelOf(text: string, variable: string): string {
  const level = parseLogLevel(text.trim())
  if (level === undefined) throw wrongLevel(variable, text)
  return level
}

function wrongLevel(variable: string, text: string): ConfigError {
  const form = variable === 'CONNECT_LOG4J_LOGGERS' ? 'name=LEVEL, separated by commas' : 'a level'
  return new ConfigError(
    `Invalid value ${text} for environment variable ${variable}: expected ${form}; ` +
      'levels are OFF, FATAL, ERROR, WARN, INFO, DEBUG, TRACE.',
    { key: variable },
  )
}
