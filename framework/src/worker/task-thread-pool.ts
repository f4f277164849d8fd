import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Logger } from 'pino'
import type { RawConfig } from '../config/config-def.ts'
import type { FromThread, TaskId, ThreadData, ToThread } from './thread-protocol.ts'
import { taskName } from './thread-protocol.ts'

/** What the worker hears of a task that runs in a thread. */
export interface TaskEvents {
  onState(state: 'RUNNING' | 'PAUSED'): void
  onNotice(text: string | null): void
  onTopic(topic: string): void
  /** Exactly once, and the last of all: a trace where the task failed, null where it ended as asked. */
  onEnd(trace: string | null): void
}

/** A task in a thread, seen from the worker. */
export interface RunningTask {
  pause(): void
  resume(): void
  /** Asks the task to commit and end. */
  stop(): void
  /** Ends the task without a commit. */
  cancel(): void
}

interface Thread {
  readonly worker: Worker
  readonly tasks: Map<number, { id: TaskId; events: TaskEvents }>
}

const MAX_THREADS = 8

/**
 * A few threads that all tasks of a worker are spread over: a thread costs tens of megabytes, a task next to nothing.
 * A thread that dies takes its tasks with it; each is told so, and the next task gets a new thread.
 */
export class TaskThreadPool {
  readonly #data: Omit<ThreadData, 'heartbeat'>
  readonly #size: number
  readonly #logger: Logger
  readonly #onThreadEnd: (threadId: number) => void
  readonly #threads = new Set<Thread>()
  #lastRun = 0
  #isClosed = false

  /** @param parts.onThreadEnd told the id of each thread that has ended, for what it held of the worker's budgets. */
  constructor(parts: {
    data: Omit<ThreadData, 'heartbeat'>
    size: number
    logger: Logger
    onThreadEnd: (threadId: number) => void
  }) {
    this.#onThreadEnd = parts.onThreadEnd
    this.#data = parts.data
    this.#size = parts.size > 0 ? parts.size : Math.min(availableParallelism(), MAX_THREADS)
    this.#logger = parts.logger
  }

  /** Starts a task in the thread with the fewest. */
  start(
    task: {
      readonly id: TaskId
      readonly config: RawConfig
      readonly secrets: readonly string[]
      readonly paused: boolean
    },
    events: TaskEvents,
  ): RunningTask {
    const run = ++this.#lastRun
    const thread = this.#threadForNext()
    thread.tasks.set(run, { id: task.id, events })
    const send = (message: ToThread): void => thread.worker.postMessage(message)
    send({ type: 'start', run, ...task })
    return {
      pause: () => send({ type: 'pause', run }),
      resume: () => send({ type: 'resume', run }),
      stop: () => send({ type: 'stop', run }),
      cancel: () => send({ type: 'cancel', run }),
    }
  }

  /** Ends all threads; tasks should have ended before. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await Promise.all([...this.#threads].map((thread) => thread.worker.terminate()))
  }

  #threadForNext(): Thread {
    let best: Thread | undefined
    for (const thread of this.#threads) {
      if (best === undefined || thread.tasks.size < best.tasks.size) best = thread
    }
    if (best !== undefined && (best.tasks.size === 0 || this.#threads.size >= this.#size)) return best
    return this.#spawn()
  }

  #spawn(): Thread {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    const data: ThreadData = { ...this.#data, heartbeat: new SharedArrayBuffer(4) }
    const worker = new Worker(new URL(`./task-thread.${extension}`, import.meta.url), {
      workerData: data,
      name: `spillway-tasks-${this.#threads.size}`,
    })
    const thread: Thread = { worker, tasks: new Map() }
    let failure: Error | undefined
    worker.on('message', (message: FromThread) => this.#onMessage(thread, message))
    worker.on('error', (error: Error) => {
      failure = error
    })
    // After the exit a thread has no id any more.
    const { threadId } = worker
    worker.on('exit', (code) => {
      this.#onThreadEnd(threadId)
      this.#onExit(thread, failure ?? new Error(`exit code ${code}`))
    })
    this.#threads.add(thread)
    return thread
  }

  #onMessage(thread: Thread, message: FromThread): void {
    const task = thread.tasks.get(message.run)
    if (task === undefined) return
    switch (message.type) {
      case 'state':
        task.events.onState(message.state)
        break
      case 'notice':
        task.events.onNotice(message.text)
        break
      case 'topic':
        task.events.onTopic(message.topic)
        break
      case 'ended':
      case 'failed':
        thread.tasks.delete(message.run)
        task.events.onEnd(message.type === 'failed' ? message.trace : null)
        break
    }
  }

  #onExit(thread: Thread, why: Error): void {
    this.#threads.delete(thread)
    if (this.#isClosed) return
    for (const { id, events } of thread.tasks.values()) {
      this.#logger.error({ err: why, connector: id.connector, task: id.task }, 'The thread of the task died')
      events.onEnd(
        `org.apache.kafka.connect.errors.ConnectException: The thread of task ${taskName(id)} died: ${why.message}`,
      )
    }
    thread.tasks.clear()
  }
}
