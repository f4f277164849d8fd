import type { ErrorRow } from '@spillway/api'
import { StreamsException } from '../core/errors.ts'
import { streamsErrors } from '../core/error-rows.ts'

/** A source topic is not there (Java: `MissingSourceTopicException`). */
export class MissingSourceTopicException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.MissingSourceTopicException
  override readonly name = 'MissingSourceTopicException'
}

/** The group gave the thread's tasks to others: what was not committed is theirs to do again (Java: `TaskMigratedException`). */
export class TaskMigratedException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.TaskMigratedException
  override readonly name = 'TaskMigratedException'
}

/** Tasks that must begin anew from what they have committed (Java: `TaskCorruptedException`). */
export class TaskCorruptedException extends StreamsException {
  static override readonly row: ErrorRow = streamsErrors.rows.TaskCorruptedException
  override readonly name = 'TaskCorruptedException'
  readonly taskIds: readonly string[]
  /** Their stores do not fit their changelogs: they begin with none. */
  readonly isStateLost: boolean

  constructor(taskIds: readonly string[], isStateLost: boolean, message: string, cause?: unknown) {
    super(message, cause)
    this.taskIds = taskIds
    this.isStateLost = isStateLost
  }
}
