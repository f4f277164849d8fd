import { isCausedByRetriable, type PluginRegistry, type SecretMasker, traceOf } from '@spillway/api'
import type { Logger } from 'pino'
import { WorkerModules } from '../plugins/worker-modules.ts'
import { createTask } from '../task/create-task.ts'
import type { TaskRunner } from '../task/task-runner.ts'
import type { FromThread, StartTask, ThreadData, ToThread } from './thread-protocol.ts'
import type { TaskEnd } from '../task/task-event.ts'
import { taskName } from '../task/task-id.ts'

/** How often a task tells the worker what it has counted. */
const METRICS_MS = 2_000

/** A task of this thread: while it is being built there is no runner yet. */
interface HostedTask {
  runner: TaskRunner | null
  readonly abort: AbortController
  paused: boolean
  isStopping: boolean
}

/** Runs the tasks of one thread and answers the worker's messages. */
export class TaskHost {
  readonly #registry: PluginRegistry
  readonly #data: ThreadData
  readonly #logger: Logger
  readonly #masker: SecretMasker
  readonly #atWork: (run: number) => void
  readonly #send: (message: FromThread) => void
  readonly #tasks = new Map<number, HostedTask>()

  constructor(parts: {
    registry: PluginRegistry
    data: ThreadData
    logger: Logger
    masker: SecretMasker
    /** Told the run that is about to work without giving the event loop its turn. */
    atWork: (run: number) => void
    send: (message: FromThread) => void
  }) {
    this.#registry = parts.registry
    this.#data = parts.data
    this.#logger = parts.logger
    this.#masker = parts.masker
    this.#atWork = parts.atWork
    this.#send = parts.send
  }

  /** Takes a message of the worker; what goes wrong in a task is told as its end, never thrown. */
  handle(message: ToThread): void {
    if (message.type === 'start') {
      void this.#run(message)
      return
    }
    const task = this.#tasks.get(message.run)
    if (task === undefined) return
    switch (message.type) {
      case 'pause':
        task.paused = true
        task.runner?.pause()
        break
      case 'resume':
        task.paused = false
        task.runner?.resume()
        break
      case 'stop':
        task.isStopping = true
        task.runner?.stop()
        break
      case 'cancel':
        task.isStopping = true
        task.abort.abort(
          new Error('The task was cancelled: it did not stop in task.shutdown.graceful.timeout.ms'),
        )
        task.runner?.stop()
        break
    }
  }

  #modulesFor({ trusted }: StartTask): WorkerModules {
    const { modules } = this.#data
    return new WorkerModules({ ...modules, trusted: [...modules.trusted, ...trusted] }, this.#registry)
  }

  async #run(message: StartTask): Promise<void> {
    const { id, run } = message
    const task: HostedTask = {
      runner: null,
      abort: new AbortController(),
      paused: message.paused,
      isStopping: false,
    }
    this.#tasks.set(run, task)
    this.#masker.add(id.connector, message.secrets)
    const logger = this.#logger.child({ connector: id.connector, task: id.task })
    const end = (how: Pick<TaskEnd, 'trace' | 'retriable'>): void =>
      this.#send({ run, event: { type: 'ended', end: { ...how, threadDied: false, isBystander: false } } })
    try {
      const runner = await createTask({
        id,
        config: message.config,
        workerConfig: this.#data.workerConfig,
        modules: this.#modulesFor(message),
        mask: (text) => this.#masker.mask(text),
        buffers: this.#data.buffers,
        logger,
        signal: task.abort.signal,
        paused: task.paused,
        tell: (event) => this.#send({ run, event }),
        atWork: () => this.#atWork(run),
      })
      task.runner = runner
      // What was asked while the task was being built.
      if (task.isStopping) runner.stop()
      else if (task.paused) runner.pause()
      const sendMetrics = (): void =>
        this.#send({ run, event: { type: 'metrics', metrics: runner.metrics() } })
      sendMetrics()
      const timer = setInterval(sendMetrics, METRICS_MS)
      try {
        await runner.run()
      } finally {
        clearInterval(timer)
        sendMetrics()
      }
      end({ trace: null, retriable: false })
    } catch (error) {
      logger.error({ err: error }, `Task ${taskName(id)} failed`)
      end({ trace: traceOf(error), retriable: isCausedByRetriable(error) })
    } finally {
      this.#tasks.delete(run)
    }
  }
}
