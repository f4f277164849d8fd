import {
  findPlugin,
  type JobConnectorPlugin,
  jobOf,
  type KafkaClient,
  type SinkConnectorPlugin,
  SINKS,
  systemClock,
} from '@spillway/api'
import type { Logger } from 'pino'
import { DeadLetterQueue } from '../failures/dead-letter-queue.ts'
import { ErrorHandler } from '../failures/error-handler.ts'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import type { ErrorReporter } from '../failures/failed-operation.ts'
import { LogReporter } from '../failures/log-reporter.ts'
import { TaskMetrics } from '../observe/task-metrics.ts'
import {
  adminSettings,
  consumerSettings,
  jobClientKeys,
  kafkaClientFor,
  producerSettings,
} from './client-settings.ts'
import { sinkConnectorConfig, type SinkConnectorConfig } from '../config/connector-config.ts'
import { RecordPipeline } from './record-pipeline.ts'
import { JobTaskRunner } from './job-task-runner.ts'
import { SinkTaskRunner } from './sink-task-runner.ts'
import type { TaskRunner } from './task-runner.ts'
import { createConverter, createHeaderConverter, createTransforms } from './task-plugins.ts'
import { taskName } from './task-id.ts'
import type { TaskParts } from './task-parts.ts'
import { TopicsPattern } from './topics-pattern.ts'
import { workerConfig } from '../config/worker-config.ts'

/** Builds a task with everything it needs from its configuration and the worker's. */
export async function createTask(parts: TaskParts): Promise<TaskRunner> {
  const { modules, config } = parts
  const className = config['connector.class'] ?? ''
  const plugin = await findPlugin(modules, SINKS, className, 'connector.class')
  const job = jobOf(plugin)
  return job === undefined ? await createSinkTask(parts, plugin) : await createJobTask(parts, job)
}

async function createJobTask(parts: TaskParts, plugin: JobConnectorPlugin): Promise<JobTaskRunner> {
  const { config, id } = parts
  return new JobTaskRunner(await plugin.createTask(), {
    ...parts,
    clients: jobClientKeys(parts.workerConfig, config, id),
  })
}

async function createSinkTask(parts: TaskParts, plugin: SinkConnectorPlugin): Promise<SinkTaskRunner> {
  const { modules, config, id, logger, signal } = parts
  const settings = sinkConnectorConfig.parse(config)
  const worker = workerConfig.parse(parts.workerConfig)
  const errorMetrics = new ErrorMetrics()
  const errors = await createErrorHandler(parts, settings, errorMetrics)
  const consumer = consumerSettings(parts.workerConfig, config, id)
  const client = await kafkaClientFor(consumer)
  const pipeline = new RecordPipeline({
    key: await createConverter(modules, 'key.converter', config, parts.workerConfig),
    value: await createConverter(modules, 'value.converter', config, parts.workerConfig),
    header: await createHeaderConverter(modules, config, parts.workerConfig),
    transforms: await createTransforms(modules, config),
    errors,
    clock: systemClock,
    onWork: parts.atWork,
  })
  const subscription = subscriptionOf(settings, logger)
  return new SinkTaskRunner(
    {
      connectorName: id.connector,
      taskId: id.task,
      taskClassName: plugin.className,
      config,
      buffers: parts.buffers,
      modules,
      task: await plugin.createTask(),
      consumer: client.consumer(consumer.options),
      topicId: (topic) => topicIdOf(client, topic),
      subscription,
      subscriptionNotice: () => subscription.pattern?.notice() ?? null,
      pipeline,
      errors,
      metrics: new TaskMetrics(errorMetrics),
      flushIntervalMs: worker['offset.flush.interval.ms'],
      clock: systemClock,
      logger,
      tell: parts.tell,
      atWork: parts.atWork,
      signal,
    },
    parts.paused,
  )
}

async function topicIdOf(client: KafkaClient, topic: string): Promise<string | undefined> {
  const admin = client.admin()
  try {
    return (await admin.describeTopics([topic]))[0]?.topicId
  } finally {
    await admin.close()
  }
}

/** What a connector reads: `topics` or `topics.regex`. */
export function subscriptionOf(
  settings: SinkConnectorConfig,
  logger: Logger | null,
):
  { readonly topics: readonly string[]; readonly pattern?: undefined } | { readonly pattern: TopicsPattern } {
  return settings.topics.length > 0
    ? { topics: settings.topics }
    : { pattern: new TopicsPattern(settings['topics.regex'], logger) }
}

async function createErrorHandler(
  parts: TaskParts,
  config: SinkConnectorConfig,
  metrics: ErrorMetrics,
): Promise<ErrorHandler> {
  const reporters: ErrorReporter[] = []
  if (config['errors.log.enable']) {
    reporters.push(
      new LogReporter({
        logger: parts.logger,
        taskName: taskName(parts.id),
        includeMessages: config['errors.log.include.messages'],
        metrics,
      }),
    )
  }
  if (config['errors.deadletterqueue.topic.name'] !== '') {
    reporters.push(await createDeadLetterQueue(parts, config, metrics))
  }
  return new ErrorHandler({ config, reporters, metrics, clock: systemClock, signal: parts.signal })
}

async function createDeadLetterQueue(
  parts: TaskParts,
  config: SinkConnectorConfig,
  metrics: ErrorMetrics,
): Promise<DeadLetterQueue> {
  const adminParts = adminSettings(parts.workerConfig, parts.config, parts.id)
  const admin = (await kafkaClientFor(adminParts)).admin()
  try {
    await DeadLetterQueue.ensureTopic(admin, config)
  } finally {
    await admin.close()
  }
  const producer = producerSettings(parts.workerConfig, parts.config, parts.id)
  const client: KafkaClient = await kafkaClientFor(producer)
  return new DeadLetterQueue({
    config,
    connectorName: parts.id.connector,
    taskId: parts.id.task,
    producer: client.producer(producer.options),
    metrics,
    logger: parts.logger,
    mask: parts.mask,
  })
}
