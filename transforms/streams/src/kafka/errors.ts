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
