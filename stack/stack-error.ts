/**
 * A failure of the local stack that its user can act on: the message says what failed, where, and what to do.
 * The command line prints it without a stack trace.
 */
export class StackError extends Error {
  override readonly name = 'StackError'
}
