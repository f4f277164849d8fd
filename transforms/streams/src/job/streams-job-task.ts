import { join } from 'node:path'
import type { JobFigures, JobTask, JobTaskContext } from '@spillway/api'
import { IllegalArgumentException } from '../core/errors.ts'
import type { StreamsConfig } from '../config/streams-config.ts'
import { KafkaStreams } from '../kafka/kafka-streams.ts'
import { applicationIdOf, stateFolderOf } from './job-identity.ts'
import { streamsJobConfig } from './job-config.ts'
import { loadJob } from './load-job.ts'

/** One stream thread of a job, in a thread of the worker: a client of the application with a state folder of its own. */
export class StreamsJobTask implements JobTask {
  #streams: KafkaStreams | undefined
  #context: JobTaskContext | undefined
  #isStopping = false
  #isPaused = false

  async run(context: JobTaskContext): Promise<void> {
    this.#context = context
    this.#isPaused ||= context.isPaused
    const { topology, settings } = await loadJob(context.modules, context.config)
    const { logger } = context
    const streams = new KafkaStreams(topology, configOf(context, settings), {
      logger: {
        debug: (line) => logger.debug(line),
        info: (line) => logger.info(line),
        warn: (line) => logger.warn(line),
        error: (line) => logger.error(line),
      },
    })
    let failure: { readonly error: unknown } | undefined
    streams.setUncaughtExceptionHandler((error) => {
      failure ??= { error }
      return 'SHUTDOWN_CLIENT'
    })
    streams.setStateListener((state) => {
      if (state === 'RUNNING') context.tell({ type: 'notice', text: null })
      else if (state === 'REBALANCING')
        context.tell({ type: 'notice', text: 'Its part of the topology is being assigned, or restored.' })
    })
    this.#streams = streams
    // Cancelled: what is not committed is done again by others.
    const cancel = (): void => void streams.close({ timeoutMs: 0 })
    context.signal.addEventListener('abort', cancel, { once: true })
    try {
      if (this.#isPaused) streams.pause()
      if (this.#isStopping || context.signal.aborted) return
      await streams.start()
      this.#tellState()
      await streams.ended()
      if (failure !== undefined && !context.signal.aborted) throw failure.error
    } finally {
      context.signal.removeEventListener('abort', cancel)
      await streams.close()
    }
  }

  stop(): void {
    this.#isStopping = true
    void this.#streams?.close()
  }

  pause(): void {
    this.#isPaused = true
    this.#streams?.pause()
    this.#tellState()
  }

  resume(): void {
    this.#isPaused = false
    this.#streams?.resume()
    this.#tellState()
  }

  figures(): JobFigures | undefined {
    const metrics = this.#streams?.metrics()
    const processed = metrics
      ?.filter(({ group, name }) => group === 'stream-thread-metrics' && name === 'process-total')
      .reduce((sum, { value }) => sum + Number(value), 0)
    if (processed === undefined) return undefined
    const lags = this.#streams?.inputLags() ?? []
    return {
      processed,
      lags: lags.flatMap(({ lag, ...partition }) => (lag === undefined ? [] : [{ ...partition, lag }])),
    }
  }

  #tellState(): void {
    if (this.#streams === undefined || this.#streams.state() === 'CREATED') return
    this.#context?.tell({ type: 'state', state: this.#isPaused ? 'PAUSED' : 'RUNNING' })
  }
}

/** @throws IllegalArgumentException for a key that cannot be chosen here */
function configOf(context: JobTaskContext, settings: StreamsConfig): StreamsConfig {
  const { config, clients, connectorName, taskId } = context
  const own = Object.entries(config).filter(
    ([key, value]) =>
      value !== null && key !== 'topology.module' && Object.hasOwn(streamsJobConfig.keys, key),
  )
  const instance = clients['consumer.group.instance.id']
  if (clients['consumer.group.id'] !== undefined)
    throw new IllegalArgumentException(
      'Configuration consumer.override.group.id has no place in a streams job: its group is its application.id.',
    )
  return {
    ...clients,
    // Each task is a member of its own.
    ...(instance === undefined ? {} : { 'consumer.group.instance.id': `${instance}-${taskId}` }),
    ...Object.fromEntries(own),
    ...settings,
    'application.id': applicationIdOf(connectorName, config),
    'state.dir': join(stateFolderOf(config), `${encodeURIComponent(connectorName)}-${taskId}`),
    'num.stream.threads': 1,
  }
}
