/** What a task tells while it runs. */
export type TaskNews =
  | { readonly type: 'state'; readonly state: 'RUNNING' | 'PAUSED' }
  /** What it waits for; null where it goes on. */
  | { readonly type: 'notice'; readonly text: string | null }
  /** A topic that records came from, once each (KIP-558). */
  | { readonly type: 'topic'; readonly topic: string }

/** What is told of one run of a task, from its thread to the unit that wants it to run. The last event is its end. */
export type TaskEvent = TaskNews | { readonly type: 'ended'; readonly end: TaskEnd }

/** How a task ended. */
export interface TaskEnd {
  /** Null where it ended as asked. */
  readonly trace: string | null
  /** True where a restart may help: a network error, say. */
  readonly retriable: boolean
  /** True where its thread died under it: it could not leave its group. */
  readonly threadDied: boolean
  /** True where it did nothing wrong but shared a thread with a task that did: it is to be started again at once. */
  readonly isBystander: boolean
}
