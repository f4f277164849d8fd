import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RawConfig } from '@spillway/api'

/** The application of a job: its group, and what the names of its topics begin with. */
export function applicationIdOf(connectorName: string, config: RawConfig): string {
  return config['application.id'] ?? `connect-${connectorName}`
}

/** The folder that the state of all tasks of a machine lies in. */
export function stateFolderOf(config: RawConfig): string {
  return config['state.dir'] ?? join(tmpdir(), 'kafka-streams')
}
