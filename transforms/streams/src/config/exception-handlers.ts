import { isRetriable, UnknownTopicError } from '@spillway/api'
import { shown } from '../core/arguments.ts'
import {
  IllegalArgumentException,
  NullPointerException,
  exceptionClassName,
  messageOf,
} from '../core/errors.ts'
import { finished, settled } from '../core/synchronous.ts'
import { HandlerResponse } from './streams-settings.ts'
import type {
  DeserializationExceptionHandler,
  ErrorHandlerContext,
  ProcessingExceptionHandler,
  ProducerRecord,
  ProductionExceptionHandler,
  StreamsConfig,
} from './streams-settings.ts'

export { HandlerResponse }
export type {
  DeserializationExceptionHandler,
  ErrorHandlerContext,
  ProcessingExceptionHandler,
  ProducerRecord,
  ProductionExceptionHandler,
}

/**
 * The dead letter of an error: the raw source record with Kafka's `__streams.errors.*` headers. Behind a repartition topic, where the
 * source record is one of our own, `__streams.errors.original.*` tells where it came from first.
 */
export function deadLetter(topic: string, context: ErrorHandlerContext, error: unknown): ProducerRecord {
  const headers = context.headers.copy()
  headers.add('__streams.errors.exception', exceptionClassName(error))
  headers.add('__streams.errors.message', messageOf(error))
  headers.add(
    '__streams.errors.stacktrace',
    error instanceof Error ? (error.stack ?? error.message) : String(error),
  )
  headers.add('__streams.errors.topic', context.topic)
  headers.add('__streams.errors.partition', String(context.partition))
  headers.add('__streams.errors.offset', String(context.offset))
  const { original } = context
  if (original !== undefined && original !== null) {
    headers.add('__streams.errors.original.topic', original.topic)
    headers.add('__streams.errors.original.partition', String(original.partition))
    headers.add('__streams.errors.original.offset', String(original.offset))
  }
  const { timestamp, sourceRawKey, sourceRawValue } = context
  return { topic, partition: null, timestamp, key: sourceRawKey, value: sourceRawValue, headers }
}

abstract class DeadLetterHandler {
  readonly #result: 'RESUME' | 'FAIL'
  #topic: string | null = null

  constructor(result: 'RESUME' | 'FAIL') {
    this.#result = result
  }

  configure(config: StreamsConfig): void {
    this.#topic = config['errors.dead.letter.queue.topic.name'] ?? null
  }

  protected respond(context: ErrorHandlerContext, error: unknown): HandlerResponse {
    const records = this.#topic === null ? [] : [deadLetter(this.#topic, context, error)]
    return { result: this.#result, deadLetterQueueRecords: records }
  }
}

/** Drops the record and goes on. */
export class LogAndContinueExceptionHandler
  extends DeadLetterHandler
  implements DeserializationExceptionHandler
{
  constructor() {
    super('RESUME')
  }

  handleError(context: ErrorHandlerContext, error: unknown): HandlerResponse {
    return this.respond(context, error)
  }
}

/** The default: stops. */
export class LogAndFailExceptionHandler extends DeadLetterHandler implements DeserializationExceptionHandler {
  constructor() {
    super('FAIL')
  }

  handleError(context: ErrorHandlerContext, error: unknown): HandlerResponse {
    return this.respond(context, error)
  }
}

/** Drops the record on the path where it failed and goes on. */
export class LogAndContinueProcessingExceptionHandler
  extends DeadLetterHandler
  implements ProcessingExceptionHandler
{
  constructor() {
    super('RESUME')
  }

  handleError(context: ErrorHandlerContext, _record: unknown, error: unknown): HandlerResponse {
    return this.respond(context, error)
  }
}

/** The default: stops. */
export class LogAndFailProcessingExceptionHandler
  extends DeadLetterHandler
  implements ProcessingExceptionHandler
{
  constructor() {
    super('FAIL')
  }

  handleError(context: ErrorHandlerContext, _record: unknown, error: unknown): HandlerResponse {
    return this.respond(context, error)
  }
}

/** The default: stops. */
export class DefaultProductionExceptionHandler
  extends DeadLetterHandler
  implements ProductionExceptionHandler
{
  constructor() {
    super('FAIL')
  }

  handleSerializationError(context: ErrorHandlerContext, _record: unknown, error: unknown): HandlerResponse {
    return this.respond(context, error)
  }

  /** What may pass is tried again, from the last commit (KIP-1065). */
  handleError(context: ErrorHandlerContext, _record: ProducerRecord, error: unknown): HandlerResponse {
    return maySendLater(error) ? HandlerResponse.retry() : this.respond(context, error)
  }
}

/** Whether sending again may help: a topic may be made later, too (Java: `RetriableException`). */
export function maySendLater(error: unknown): boolean {
  return isRetriable(error) || error instanceof UnknownTopicError
}

const byName = {
  LogAndContinueExceptionHandler: () => new LogAndContinueExceptionHandler(),
  LogAndFailExceptionHandler: () => new LogAndFailExceptionHandler(),
  LogAndContinueProcessingExceptionHandler: () => new LogAndContinueProcessingExceptionHandler(),
  LogAndFailProcessingExceptionHandler: () => new LogAndFailProcessingExceptionHandler(),
  DefaultProductionExceptionHandler: () => new DefaultProductionExceptionHandler(),
} as const

type Handler = DeserializationExceptionHandler | ProcessingExceptionHandler | ProductionExceptionHandler

function handlerOf<H extends Handler>(config: StreamsConfig, key: string, fallback: keyof typeof byName): H {
  const given = config[key] ?? fallback
  let handler: H
  if (typeof given === 'string') {
    const shortName = given.slice(given.lastIndexOf('.') + 1)
    const make = byName[shortName as keyof typeof byName] as (() => Handler) | undefined
    if (make === undefined) {
      throw new IllegalArgumentException(
        `Config ${key} names no built-in handler: "${given}". Give one of ${Object.keys(byName).join(', ')}, or an object.`,
      )
    }
    handler = make() as H
  } else {
    handler = given as H
  }
  finished(handler.configure?.(config), `configure() of ${key}`)
  return handler
}

/** The three handlers of a runtime, as configured. */
export interface ExceptionHandlers {
  readonly deserialization: DeserializationExceptionHandler
  readonly processing: ProcessingExceptionHandler
  readonly production: Required<Omit<ProductionExceptionHandler, 'configure'>>
}

const results: ReadonlySet<unknown> = new Set(['RESUME', 'FAIL', 'RETRY'])

/** What a handler of the user's answered, if it is an answer. */
function answered(response: HandlerResponse, key: string, javaName: string): HandlerResponse {
  const given = settled(response, key) as HandlerResponse | null | undefined
  if (given === null || given === undefined) throw new NullPointerException(`Invalid ${javaName} response.`)
  if (results.has(given.result) && Array.isArray(given.deadLetterQueueRecords)) return given
  throw new IllegalArgumentException(
    `Invalid ${javaName} response: ${shown(given)}. Give HandlerResponse.resume(), fail() or retry().`,
  )
}

/** @throws IllegalArgumentException for a name that is no built-in handler */
export function exceptionHandlers(config: StreamsConfig): ExceptionHandlers {
  const reading: DeserializationExceptionHandler = handlerOf(
    config,
    'deserialization.exception.handler',
    'LogAndFailExceptionHandler',
  )
  const working: ProcessingExceptionHandler = handlerOf(
    config,
    'processing.exception.handler',
    'LogAndFailProcessingExceptionHandler',
  )
  const writing: ProductionExceptionHandler = handlerOf(
    config,
    'production.exception.handler',
    'DefaultProductionExceptionHandler',
  )
  return {
    deserialization: {
      handleError: (context, error) =>
        answered(
          reading.handleError(context, error),
          'deserialization.exception.handler',
          'DeserializationExceptionHandler',
        ),
    },
    processing: {
      handleError: (context, record, error) =>
        answered(
          working.handleError(context, record, error),
          'processing.exception.handler',
          'ProcessingExceptionHandler',
        ),
    },
    production: {
      handleSerializationError: (context, record, error, origin) =>
        answered(
          writing.handleSerializationError(context, record, error, origin),
          'production.exception.handler',
          'ProductionExceptionHandler',
        ),
      handleError: (context, record, error) =>
        answered(
          writing.handleError?.(context, record, error) ?? HandlerResponse.fail(),
          'production.exception.handler',
          'ProductionExceptionHandler',
        ),
    },
  }
}
