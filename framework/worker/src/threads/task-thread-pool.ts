import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { RawConfig } from '@spillway/api'
import type { Logger } from 'pino'
import type { LogLevelSettings } from '../observe/log-levels.ts'
import type { TaskMetricsSnapshot } from '../observe/task-metrics.ts'
import { isStalled } from './stall.ts'
import {
  BEATS,
  type FromThread,
  LAST_RUN,
  type SetLogLevels,
  type ThreadData,
  type ToThread,
} from './thread-protocol.ts'
import type { TaskEvent } from '../task/task-event.ts'
import { type TaskId, taskName } from '../task/task-id.ts'

/** A task in a thread, seen from the worker. */
export interface RunningTask {
  pause(): void
  resume(): void
  /** Asks the task to commit and end. */
  stop(): void
  /** Ends the task without a commit. */
  cancel(): void
}

interface PooledTask {
  readonly id: TaskId
  /** Told the end exactly once, and last of all. */
  readonly tell: (event: TaskEvent) => void
  hasStarted: boolean
}

interface Thread {
  readonly worker: Worker
  readonly heartbeat: Int32Array
  beatSeen: number
  beatSeenAt: number
  /** CPU time of the process when the beat was seen, in ms. */
  cpuSeen: number
  /** Why it is being killed, where it is. */
  killedFor: string | null
  readonly tasks: Map<number, PooledTask>
}

/** Task starts of a worker (Java: `task-startup-*` of `connect-worker-metrics`). */
export interface TaskStartups {
  attempts: number
  successes: number
  failures: number
}

const MAX_THREADS = 8
const WATCH_MS = 250
/**
 * Records live for one batch: a larger young generation only makes the process larger. Measured (s3-json, open-files): 16 MiB
 * make it 10 MiB larger and no faster.
 */
const YOUNG_GENERATION_MIB = 8
/** Tasks whose last metrics are kept; more than a worker runs. */
const MAX_METRICS = 10_000

/**
 * A few threads that all tasks of a worker are spread over: a thread costs tens of megabytes, a task next to nothing.
 * A thread that dies takes its tasks with it; each is told so, and the next task gets a new thread.
 */
export class TaskThreadPool {
  readonly #data: Omit<ThreadData, 'heartbeat' | 'logLevels'>
  #logLevels: LogLevelSettings = {}
  readonly #metrics = new Map<string, TaskMetricsSnapshot>()
  readonly startups: TaskStartups = { attempts: 0, successes: 0, failures: 0 }
  readonly #size: number
  readonly #logger: Logger
  readonly #onThreadEnd: (threadId: number) => void
  readonly #onClosed: () => void
  readonly #stallTimeoutMs: number
  readonly #memoryMiB: number
  #watch: NodeJS.Timeout | undefined
  #watchedAt = 0
  readonly #threads = new Set<Thread>()
  #lastRun = 0
  #isClosed = false

  /** @param parts.onThreadEnd told the id of each thread that has ended, for what it held of the worker's budgets. */
  constructor(parts: {
    data: Omit<ThreadData, 'heartbeat' | 'logLevels'>
    size: number
    logger: Logger
    onThreadEnd: (threadId: number) => void
    /** Called when all threads have ended for good. */
    onClosed: () => void
    /** How long a thread's event loop may stand still before the thread is killed, in ms. */
    stallTimeoutMs: number
    /** Heap of a thread in MiB; 0 leaves it to Node. */
    memoryMiB: number
  }) {
    this.#stallTimeoutMs = parts.stallTimeoutMs
    this.#memoryMiB = parts.memoryMiB
    this.#onThreadEnd = parts.onThreadEnd
    this.#onClosed = parts.onClosed
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
      readonly trusted: readonly string[]
      readonly paused: boolean
    },
    tell: (event: TaskEvent) => void,
  ): RunningTask {
    const run = ++this.#lastRun
    const thread = this.#threadForNext()
    thread.tasks.set(run, { id: task.id, tell, hasStarted: false })
    this.startups.attempts++
    const send = (message: ToThread): void => thread.worker.postMessage(message)
    send({ type: 'start', run, ...task })
    return {
      pause: () => send({ type: 'pause', run }),
      resume: () => send({ type: 'resume', run }),
      stop: () => send({ type: 'stop', run }),
      cancel: () => send({ type: 'cancel', run }),
    }
  }

  /** Levels for every thread, present and to come. */
  setLogLevels(settings: LogLevelSettings): void {
    this.#logLevels = settings
    const message: SetLogLevels = { type: 'log-levels', settings }
    for (const thread of this.#threads) thread.worker.postMessage(message)
  }

  /** What a task counted last; that of a failed task stays until it runs again. */
  metricsOf(id: TaskId): TaskMetricsSnapshot | undefined {
    return this.#metrics.get(taskName(id))
  }

  /** Ends all threads; tasks should have ended before. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#watch)
    await Promise.all([...this.#threads].map((thread) => thread.worker.terminate()))
    this.#onClosed()
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
    const heartbeat = new SharedArrayBuffer(8)
    const data: ThreadData = { ...this.#data, heartbeat, logLevels: this.#logLevels }
    const worker = new Worker(new URL(`./task-thread.${extension}`, import.meta.url), {
      workerData: data,
      name: `spillway-tasks-${this.#threads.size}`,
      resourceLimits: {
        maxYoungGenerationSizeMb: YOUNG_GENERATION_MIB,
        ...(this.#memoryMiB > 0 && { maxOldGenerationSizeMb: this.#memoryMiB }),
      },
    })
    const thread: Thread = {
      worker,
      heartbeat: new Int32Array(heartbeat),
      beatSeen: 0,
      beatSeenAt: performance.now(),
      cpuSeen: cpuMs(),
      killedFor: null,
      tasks: new Map(),
    }
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
    if (this.#watch === undefined) {
      this.#watchedAt = performance.now()
      this.#watch = setInterval(() => this.#killStalled(), WATCH_MS).unref()
    }
    return thread
  }

  #onMessage(thread: Thread, { run, event }: FromThread): void {
    const task = thread.tasks.get(run)
    if (task === undefined) return
    switch (event.type) {
      case 'metrics':
        this.#keepMetrics(task.id, event.metrics)
        return
      case 'state':
        if (!task.hasStarted) this.startups.successes++
        task.hasStarted = true
        break
      case 'ended':
        thread.tasks.delete(run)
        if (event.end.trace === null) this.#metrics.delete(taskName(task.id))
        else if (!task.hasStarted) this.startups.failures++
        break
    }
    task.tell(event)
  }

  #keepMetrics(id: TaskId, metrics: TaskMetricsSnapshot): void {
    const name = taskName(id)
    // Again at the end: the first key is the one that has told nothing for the longest time.
    this.#metrics.delete(name)
    this.#metrics.set(name, metrics)
    const [oldest] = this.#metrics.keys()
    if (this.#metrics.size > MAX_METRICS && oldest !== undefined) this.#metrics.delete(oldest)
  }

  /** An endless loop keeps a thread's event loop from turning: only killing the thread ends it. */
  #killStalled(): void {
    const now = performance.now()
    // Where this watch comes late itself, the whole process stood still (SIGSTOP, a machine asleep): no task's fault.
    const stoodStill = now - this.#watchedAt > this.#stallTimeoutMs / 2
    this.#watchedAt = now
    const cpu = cpuMs()
    for (const thread of this.#threads) {
      const beat = Atomics.load(thread.heartbeat, BEATS)
      // A thread that has not beaten yet is still loading its plugins.
      if (beat !== thread.beatSeen || beat === 0 || stoodStill) {
        thread.beatSeen = beat
        thread.beatSeenAt = now
        thread.cpuSeen = cpu
      } else if (
        thread.killedFor === null &&
        isStalled(now - thread.beatSeenAt, cpu - thread.cpuSeen, this.#stallTimeoutMs)
      ) {
        thread.killedFor =
          `it kept its thread busy for more than ${this.#stallTimeoutMs} ms (task.thread.stall.timeout.ms) without ` +
          'letting other work have its turn'
        void thread.worker.terminate()
      }
    }
  }

  /**
   * Tells the tasks of a thread that has died. The task that was last at work is taken for the cause; the others are
   * bystanders.
   */
  #onExit(thread: Thread, why: Error): void {
    this.#threads.delete(thread)
    if (this.#isClosed) return
    const lastRun = Atomics.load(thread.heartbeat, LAST_RUN)
    const isKnown = thread.tasks.has(lastRun)
    const reason = thread.killedFor ?? why.message
    for (const [run, { id, tell, hasStarted }] of thread.tasks) {
      if (!hasStarted) this.startups.failures++
      const isBystander = isKnown && run !== lastRun
      this.#logger.error(
        { connector: id.connector, task: id.task, isBystander },
        `The thread of the task died: ${reason}`,
      )
      const trace = `org.apache.kafka.connect.errors.ConnectException: The thread of task ${taskName(id)} was ended: ${reason}`
      tell({ type: 'ended', end: { trace, retriable: false, threadDied: true, isBystander } })
    }
    thread.tasks.clear()
  }
}

/** CPU time of this process, of all its threads, in ms. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}
