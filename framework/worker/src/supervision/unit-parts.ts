import type { Clock } from '@spillway/api'
import type { Logger } from 'pino'
import type { ConnectorServices } from '../connector/connector-services.ts'
import type { Worker } from '../connector/worker.ts'
import type { ConfigStore } from './config-store.ts'
import type { StatusStore } from './status-store.ts'

/** What the units of connectors and tasks work with. */
export interface UnitParts {
  readonly worker: Worker
  readonly services: Pick<ConnectorServices, 'resolve' | 'endMembership'>
  readonly configs: ConfigStore
  readonly statuses: StatusStore
  readonly workerId: () => string
  /** Generation of the workers' group at present. */
  readonly generation: () => number
  /** True where a task may have run on another worker before, which may be dead or frozen. */
  readonly tasksMove: boolean
  readonly stopTimeoutMs: number
  readonly clock: Clock
  readonly logger: Logger
}

/** Why work ends: that decides what is told of it. */
export type EndReason = 'moved' | 'removed'
