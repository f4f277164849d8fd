import type { RawConfig } from '@spillway/api'

/** The consumer group of a sink connector: what its offsets are kept under. */
export function groupIdOf(name: string, config: RawConfig): string {
  return config['consumer.override.group.id'] ?? `connect-${name}`
}
