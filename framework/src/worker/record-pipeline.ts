import { setImmediate as immediate } from 'node:timers/promises'
import type { Clock } from '../connector/clock.ts'
import type { Converter, HeaderConverter, SchemaAndValue } from '../connector/converter.ts'
import type { Header } from '../data/headers.ts'
import { Headers } from '../data/headers.ts'
import type { Schema } from '../data/schema.ts'
import { SinkRecord } from '../data/sink-record.ts'
import type { ErrorHandler } from '../errors/error-handler.ts'
import type { FailedOperation, Stage } from '../errors/failed-operation.ts'
import type { ConsumerRecord } from '../kafka/port.ts'
import { applyStep, type TransformStep } from './transform-chain.ts'

/** A part of the pipeline with the class name that errors show. */
export interface Named<T> {
  readonly className: string
  readonly instance: T
}

/** Where one record stands on its way; one object serves all records of a pipeline in turn. */
interface Progress {
  raw: ConsumerRecord
  step: number
  keySchema: Schema | null
  key: unknown
  value: SchemaAndValue
  headers: Headers
  records: readonly SinkRecord[]
}

interface Step {
  readonly stage: Stage
  readonly className: string
  /** Returns at once, or a promise where a registry must be asked. */
  run(progress: Progress): Promise<void> | undefined
}

/** The longest that records are taken one after the other without the event loop having its turn, plus one record. */
const BREATH_MS = 50

const NOTHING: SchemaAndValue = { schema: null, value: null }

/**
 * Takes consumed records through key, value and header converters and the transformation chain, with retries and
 * tolerance per step (Java: `WorkerSinkTask.convertMessages`). Synchronous as long as no step has to wait.
 */
export class RecordPipeline {
  readonly #steps: readonly Step[]
  readonly #errors: ErrorHandler
  readonly #clock: Clock
  readonly #onWork: () => void

  constructor(parts: {
    key: Named<Converter>
    value: Named<Converter>
    header: Named<HeaderConverter>
    transforms: readonly TransformStep[]
    errors: ErrorHandler
    clock: Clock
    /** Before each stretch of work that may keep the thread busy. */
    onWork?: () => void
  }) {
    this.#errors = parts.errors
    this.#clock = parts.clock
    this.#onWork = parts.onWork ?? (() => {})
    this.#steps = [
      keyStep(parts.key),
      valueStep(parts.value),
      headerStep(parts.header),
      ...parts.transforms.map(transformStep),
    ]
  }

  /**
   * Converts in order and appends to `into`; skipped and filtered records leave nothing. Records that take long leave
   * other work its turn between them: heartbeats, other tasks of the thread.
   * @throws {ConnectError} where a record may not be skipped.
   */
  async convert(raw: readonly ConsumerRecord[], into: SinkRecord[]): Promise<void> {
    const progress: Progress = {
      raw: undefined as unknown as ConsumerRecord,
      step: 0,
      keySchema: null,
      key: null,
      value: NOTHING,
      headers: new Headers(),
      records: [],
    }
    let workingSince = this.#clock.now()
    for (const record of raw) {
      if (this.#clock.now() - workingSince > BREATH_MS) {
        await immediate()
        this.#onWork()
        workingSince = this.#clock.now()
      }
      progress.raw = record
      progress.step = 0
      try {
        const pending = this.#advance(progress)
        if (pending !== undefined) await pending
      } catch (error) {
        if (!(await this.#recover(progress, error))) continue
      }
      for (const result of progress.records) into.push(result)
    }
  }

  #advance(progress: Progress): Promise<void> | undefined {
    while (progress.step < this.#steps.length) {
      const pending = this.#steps[progress.step]?.run(progress)
      if (pending !== undefined) {
        return pending.then(() => {
          progress.step++
          return this.#advance(progress)
        })
      }
      progress.step++
    }
    return undefined
  }

  /** True where the record came through after all; false where it is skipped. */
  async #recover(progress: Progress, firstError: unknown): Promise<boolean> {
    let error = firstError
    let failedStep = progress.step
    let firstFailureAt = this.#clock.now()
    let attempts = 1
    for (;;) {
      const step = this.#steps[progress.step]
      if (step === undefined) throw error
      const failed: FailedOperation = {
        stage: step.stage,
        className: step.className,
        error,
        record: progress.raw,
        attempts,
      }
      if (!(await this.#errors.mayRetry(failed, firstFailureAt))) {
        await this.#errors.skipOrFail(failed)
        return false
      }
      try {
        await this.#advance(progress)
        return true
      } catch (again) {
        error = again
        if (progress.step === failedStep) {
          attempts++
        } else {
          failedStep = progress.step
          firstFailureAt = this.#clock.now()
          attempts = 1
        }
      }
    }
  }
}

function keyStep({ className, instance }: Named<Converter>): Step {
  const take = (progress: Progress, result: SchemaAndValue): void => {
    progress.keySchema = result.schema
    progress.key = result.value
  }
  return {
    stage: 'KEY_CONVERTER',
    className,
    run(progress) {
      const { topic, key, headers } = progress.raw
      const result = instance.toConnectData(topic, key, headers)
      if (result instanceof Promise) return result.then((later) => take(progress, later))
      take(progress, result)
      return undefined
    },
  }
}

function valueStep({ className, instance }: Named<Converter>): Step {
  return {
    stage: 'VALUE_CONVERTER',
    className,
    run(progress) {
      const { topic, value, headers } = progress.raw
      const result = instance.toConnectData(topic, value, headers)
      if (result instanceof Promise) {
        return result.then((later) => {
          progress.value = later
        })
      }
      progress.value = result
      return undefined
    },
  }
}

/** Converts the headers, then makes the record that transformations see. */
function headerStep({ className, instance }: Named<HeaderConverter>): Step {
  return {
    stage: 'HEADER_CONVERTER',
    className,
    run(progress) {
      const { raw } = progress
      if (raw.headers.length === 0) {
        progress.headers = new Headers()
        progress.records = [sinkRecord(progress)]
        return undefined
      }
      const converted = raw.headers.map((h) => instance.toConnectHeader(raw.topic, h.key, h.value))
      return Promise.all(converted).then((headers: Header[]) => {
        progress.headers = new Headers(headers)
        progress.records = [sinkRecord(progress)]
      })
    },
  }
}

function transformStep(step: TransformStep): Step {
  return {
    stage: 'TRANSFORMATION',
    className: step.className,
    run(progress) {
      if (progress.records.length === 0) return undefined
      const result = applyStep(step, progress.records)
      if (result instanceof Promise) {
        return result.then((later) => {
          progress.records = later
        })
      }
      progress.records = result
      return undefined
    },
  }
}

function sinkRecord(progress: Progress): SinkRecord {
  const { raw, value } = progress
  const isLazy = value.isLazy === true
  return new SinkRecord({
    topic: raw.topic,
    kafkaPartition: raw.partition,
    keySchema: progress.keySchema,
    key: progress.key,
    valueSchema: value.schema,
    value: isLazy ? undefined : value.value,
    lazyValue: isLazy ? value : undefined,
    kafkaOffset: raw.offset,
    timestamp: raw.timestamp < 0 ? null : raw.timestamp,
    timestampType: raw.timestampType,
    headers: progress.headers,
    valueText: value.text ?? null,
    isTextCompact: value.isCompact === true,
    origin: raw,
  })
}
