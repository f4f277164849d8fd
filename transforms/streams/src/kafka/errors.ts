import { StreamsException } from '../core/errors.ts'

/** A source topic is not there (Java: `MissingSourceTopicException`). */
export class MissingSourceTopicException extends StreamsException {
  override readonly name = 'MissingSourceTopicException'
}

/** The group gave the thread's tasks to others: what was not committed is theirs to do again (Java: `TaskMigratedException`). */
export class TaskMigratedException extends StreamsException {
  override readonly name = 'TaskMigratedException'
}

/** The state of a task is in use by another process or thread (Java: `LockException`). */
export class LockException extends StreamsException {
  override readonly name = 'LockException'
}
