import { BadRequestError, beyondLimits, type RawConfig } from '@spillway/api'

/** The 400 that lists everything wrong in a connector configuration. */
export function invalidConfig(messages: readonly string[]): BadRequestError {
  return new BadRequestError(
    `Connector configuration is invalid and contains the following ${messages.length} error(s):\n` +
      `${messages.join('\n')}\nYou can also find the above list of errors at the endpoint ` +
      '`/connector-plugins/{connectorType}/config/validate`',
  )
}

/** A configuration with single keys changed, and those deleted that are null (KIP-477). @throws {BadRequestError} */
export function patched(config: RawConfig, patch: RawConfig): RawConfig {
  const merged = Object.entries({ ...config, ...patch }).filter(([, value]) => value !== null)
  const whole = Object.fromEntries(merged)
  const problem = beyondLimits(whole)
  if (problem !== undefined) throw new BadRequestError(problem)
  if (whole['name'] === undefined) {
    throw invalidConfig(['Missing required configuration "name" which has no default value.'])
  }
  return whole
}
