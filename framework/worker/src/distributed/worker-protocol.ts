import { ConnectError } from '@spillway/api'
import { type TaskId, taskName, taskOf } from '../task/task-id.ts'

/** Connectors and tasks of one worker. */
export interface Work {
  readonly connectors: readonly string[]
  readonly tasks: readonly TaskId[]
}

/** What a worker tells the leader when it joins (Java: `ExtendedWorkerState`). */
export interface WorkerState extends Work {
  /** Where its REST API is. */
  readonly url: string
  /** How far it has read the configuration topic. */
  readonly configOffset: bigint
}

/** What the leader gives a worker (Java: `ExtendedAssignment`). */
export interface WorkerAssignment extends Work {
  readonly leaderUrl: string
  /** How far the configuration topic must be read to know all of this. */
  readonly configOffset: bigint
  /** When to join again because something waits for a worker that is gone, ms; 0 never. */
  readonly delayMs: number
}

/**
 * Name of the protocol in the group. Not one of Connect's: workers of both kinds in one group would each give the other
 * work, so the coordinator is to refuse the second kind.
 */
export const WORKER_PROTOCOL = 'spillway-v0'

export function encodeWorkerState(state: WorkerState): Buffer {
  return encode({ ...state, configOffset: String(state.configOffset) })
}

/** @throws {ConnectError} for bytes of another kind */
export function decodeWorkerState(bytes: Buffer): WorkerState {
  const fields = decode(bytes)
  return {
    ...workOf(fields),
    url: String(fields['url']),
    configOffset: BigInt(String(fields['configOffset'])),
  }
}

export function encodeAssignment(assignment: WorkerAssignment): Buffer {
  return encode({ ...assignment, configOffset: String(assignment.configOffset) })
}

/** @throws {ConnectError} for bytes of another kind */
export function decodeAssignment(bytes: Buffer): WorkerAssignment {
  const fields = decode(bytes)
  return {
    ...workOf(fields),
    leaderUrl: String(fields['leaderUrl']),
    configOffset: BigInt(String(fields['configOffset'])),
    delayMs: Number(fields['delayMs']),
  }
}

function encode(fields: Work & Record<string, unknown>): Buffer {
  return Buffer.from(JSON.stringify({ version: 0, ...fields, tasks: fields.tasks.map(taskName) }))
}

function decode(bytes: Buffer): Record<string, unknown> {
  try {
    const fields = JSON.parse(bytes.toString()) as Record<string, unknown>
    if (fields['version'] === 0) return fields
  } catch {
    // Told below.
  }
  throw new ConnectError(
    `A member of the workers' group speaks another version of ${WORKER_PROTOCOL}: ${bytes.toString('latin1', 0, 80)}`,
  )
}

function workOf(fields: Record<string, unknown>): Work {
  return {
    connectors: fields['connectors'] as string[],
    tasks: (fields['tasks'] as string[]).map(taskOf),
  }
}
