/** A task's name in the cluster (Java: `ConnectorTaskId`). */
export interface TaskId {
  readonly connector: string
  readonly task: number
}

/** `connector-task`, as logs, client ids and errors show it. */
export function taskName(id: TaskId): string {
  return `${id.connector}-${id.task}`
}

/** The task of a {@link taskName}. */
export function taskOf(name: string): TaskId {
  const dash = name.lastIndexOf('-')
  return { connector: name.slice(0, dash), task: Number(name.slice(dash + 1)) }
}
