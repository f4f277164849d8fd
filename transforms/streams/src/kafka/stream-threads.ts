import { type InputLag, sumOfLags } from './assigned-task.ts'
import type { Activity } from './watching/activity-log.ts'
import type { RestoreProgress } from './changelog-reader.ts'
import { StreamThread } from './stream-thread.ts'
import type { ThreadParts, ThreadState } from './thread-settings.ts'

/** A thread and its tasks at a moment. */
export interface ThreadMetadata {
  readonly threadName: string
  readonly threadState: ThreadState
  readonly activeTasks: readonly string[]
  readonly standbyTasks: readonly string[]
}

interface Entry {
  readonly thread: StreamThread
  readonly parts: ThreadParts
  ended: Promise<void>
}

/** The threads of a client, from their start until they have ended. */
export class StreamThreads {
  readonly #entries: Entry[] = []
  readonly #died: (thread: StreamThread, error: unknown) => void
  readonly #ended: () => void

  /**
   * @param died told of an error that has ended a thread
   * @param ended told when a thread has ended, whether of an error or not
   */
  constructor(died: (thread: StreamThread, error: unknown) => void, ended: () => void) {
    this.#died = died
    this.#ended = ended
  }

  get all(): readonly StreamThread[] {
    return this.#entries.map(({ thread }) => thread)
  }

  start(parts: ThreadParts): StreamThread {
    const thread = new StreamThread(`StreamThread-${this.#freeNumber()}`, parts)
    const entry = { thread, parts, ended: Promise.resolve() }
    this.#entries.push(entry)
    parts.cacheShares.divideBy(this.#entries.length)
    entry.ended = this.#run(thread)
    return thread
  }

  changelogsDeleted(topics: readonly string[]): void {
    for (const { thread } of this.#entries) thread.changelogsDeleted(topics)
  }

  /** Begins to stop the newest that does not stop yet; undefined when there is none. */
  stopNewest(): Entry | undefined {
    const newest = this.#entries.findLast(({ thread }) => !thread.isStopping)
    newest?.thread.shutdown(true)
    return newest
  }

  /** Stops all of them and resolves when they have ended, of whatever. */
  async stop(leaveGroup: boolean): Promise<void> {
    for (const { thread } of this.#entries) thread.shutdown(leaveGroup)
    await Promise.allSettled(this.#entries.map(({ ended }) => ended))
  }

  metadata(): readonly ThreadMetadata[] {
    return this.all.map(({ name, state, tasks }) => ({
      threadName: name,
      threadState: state,
      activeTasks: (tasks?.tasks ?? []).map(({ id }) => id),
      standbyTasks: tasks?.standbys.ids ?? [],
    }))
  }

  restoreProgress(): readonly RestoreProgress[] {
    return this.all.flatMap((thread) => thread.restoreProgress())
  }

  /** Records that stores lack, by task, of all tasks that a thread has. */
  lags(): ReadonlyMap<string, bigint> {
    return new Map(this.all.flatMap(({ tasks }) => [...(tasks?.lags() ?? [])]))
  }

  inputLags(): readonly InputLag[] {
    return this.all.flatMap(({ tasks }) => tasks?.inputLags() ?? [])
  }

  /** What all of them have done, and where they stand. */
  activity(): Activity {
    const threads = this.all.map(({ tasks, metrics }) => ({
      processed: metrics.processedRecords,
      commits: metrics.commits,
      running: tasks?.tasks.filter(({ state }) => state === 'RUNNING').length ?? 0,
      restoring: tasks?.tasks.filter(({ state }) => state === 'RESTORING').length ?? 0,
      standby: tasks?.standbys.ids.length ?? 0,
    }))
    const sum = (of: (thread: (typeof threads)[number]) => number): number =>
      threads.reduce((total, thread) => total + of(thread), 0)
    return {
      processed: sum(({ processed }) => processed),
      commits: sum(({ commits }) => commits),
      lag: sumOfLags(this.inputLags()),
      running: sum(({ running }) => running),
      restoring: sum(({ restoring }) => restoring),
      standby: sum(({ standby }) => standby),
    }
  }

  /** What keeps threads from their work at present, in words. */
  problems(now: number): readonly string[] {
    return this.all.flatMap(({ name, lastProblem }) =>
      lastProblem === undefined
        ? []
        : [
            `${name}: Kafka does not answer as it should since ${Math.round((now - lastProblem.since) / 1000)} s, it goes on ` +
              `trying: ${lastProblem.error.message}`,
          ],
    )
  }

  /** The lowest: a thread that takes another one's place is the same static member. */
  #freeNumber(): number {
    const names = new Set(this.all.map(({ name }) => name))
    for (let number = 1; ; number++) if (!names.has(`StreamThread-${number}`)) return number
  }

  async #run(thread: StreamThread): Promise<void> {
    try {
      await thread.run()
      this.#forget(thread)
    } catch (error) {
      this.#forget(thread)
      this.#died(thread, error)
    }
    this.#ended()
  }

  #forget(thread: StreamThread): void {
    const index = this.#entries.findIndex((each) => each.thread === thread)
    const [entry] = index < 0 ? [] : this.#entries.splice(index, 1)
    entry?.parts.cacheShares.divideBy(this.#entries.length)
  }
}
