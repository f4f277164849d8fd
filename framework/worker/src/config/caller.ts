/** On whose behalf something is done. */
export interface Caller {
  /** A user of `rest.read.only.users`. */
  readonly mayOnlyRead: boolean
}
