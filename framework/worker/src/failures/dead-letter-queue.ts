import {
  type Admin,
  ConnectError,
  javaClassOf,
  type Producer,
  type RawHeader,
  TopicExistsError,
  traceOf,
} from '@spillway/api'
import type { Logger } from 'pino'
import type { ErrorConfig } from './error-config.ts'
import type { ErrorMetrics } from './error-metrics.ts'
import type { ErrorReporter, FailedOperation } from './failed-operation.ts'

const PREFIX = '__connect.errors.'
/** A stack trace longer than this is cut: a header must not make the record too large to produce. */
const MAX_STACKTRACE_LENGTH = 32_768

/** Sends bad records to a topic as they were read (Java: `DeadLetterQueueReporter`). */
export class DeadLetterQueue implements ErrorReporter {
  readonly #topic: string
  readonly #withHeaders: boolean
  readonly #connectorName: string
  readonly #taskId: number
  readonly #producer: Producer
  readonly #metrics: ErrorMetrics
  readonly #logger: Logger
  readonly #mask: (text: string) => string

  /** @param parts.mask hides secrets in what the headers tell of an error. */
  constructor(parts: {
    config: ErrorConfig
    connectorName: string
    taskId: number
    producer: Producer
    metrics: ErrorMetrics
    logger: Logger
    mask?: (text: string) => string
  }) {
    this.#topic = parts.config['errors.deadletterqueue.topic.name']
    this.#withHeaders = parts.config['errors.deadletterqueue.context.headers.enable']
    this.#connectorName = parts.connectorName
    this.#taskId = parts.taskId
    this.#producer = parts.producer
    this.#metrics = parts.metrics
    this.#logger = parts.logger
    this.#mask = parts.mask ?? ((text) => text)
  }

  /**
   * Creates the topic where it is missing.
   * @throws {ConnectError} where it cannot be created, naming the replication factor's key.
   */
  static async ensureTopic(admin: Admin, config: ErrorConfig): Promise<void> {
    const name = config['errors.deadletterqueue.topic.name']
    const [existing] = await admin.describeTopics([name])
    if (existing !== undefined) return
    const replicationFactor = config['errors.deadletterqueue.topic.replication.factor']
    try {
      await admin.createTopics([
        { name, partitions: config['errors.deadletterqueue.topic.partitions'], replicationFactor },
      ])
    } catch (cause) {
      if (cause instanceof TopicExistsError) return
      throw new ConnectError(
        `Could not initialize errant record reporter: creating the dead letter queue topic '${name}' with ` +
          `errors.deadletterqueue.topic.replication.factor=${replicationFactor} failed: ${(cause as Error).message}. ` +
          `Set that key to at most the number of brokers, or create the topic.`,
        { cause },
      )
    }
  }

  /**
   * Resolves when the broker has acknowledged the record.
   * @throws where it could not be sent: a bad record that is in no topic must not count as handled.
   */
  async report(failed: FailedOperation): Promise<void> {
    const { record } = failed
    this.#metrics.deadLetterQueueProduceRequests++
    try {
      await this.#producer.send([
        {
          topic: this.#topic,
          key: record.key,
          value: record.value,
          ...(record.timestamp >= 0 && { timestamp: record.timestamp }),
          headers: this.#withHeaders ? [...record.headers, ...this.#contextHeaders(failed)] : record.headers,
        },
      ])
    } catch (cause) {
      this.#metrics.deadLetterQueueProduceFailures++
      const where = `${record.topic}-${record.partition}@${record.offset}`
      this.#logger.error({ err: cause }, `Could not send record ${where} to dead letter queue ${this.#topic}`)
      throw new ConnectError(`Could not send record ${where} to dead letter queue topic '${this.#topic}'`, {
        cause,
      })
    }
  }

  async close(): Promise<void> {
    await this.#producer.close()
  }

  #contextHeaders(failed: FailedOperation): RawHeader[] {
    const { record, error } = failed
    const header = (name: string, value: unknown): RawHeader => ({
      key: `${PREFIX}${name}`,
      value: Buffer.from(String(value)),
    })
    return [
      header('topic', record.topic),
      header('partition', record.partition),
      header('offset', record.offset),
      header('connector.name', this.#connectorName),
      header('task.id', this.#taskId),
      header('stage', failed.stage),
      header('class.name', failed.className),
      header('exception.class.name', javaClassOf(error)),
      header('exception.message', this.#mask(error instanceof Error ? error.message : String(error))),
      header('exception.stacktrace', this.#mask(traceOf(error)).slice(0, MAX_STACKTRACE_LENGTH)),
    ]
  }
}
