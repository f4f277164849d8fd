import { FailedProcessingException, StreamsException } from '../core/errors.ts'
import { AsyncResultException, locatedAsync } from '../core/synchronous.ts'
import type { AnyRecord } from '../core/record.ts'
import type { PunctuationType, Punctuator } from './processor.ts'
import type { PunctuationOwner } from './punctuations.ts'
import type { Sampled } from './sampled.ts'
import type { TaskContext } from './task-context.ts'

/** A node as it runs in one task. Corresponds to Java's `ProcessorNode`. */
export abstract class RuntimeNode implements PunctuationOwner {
  readonly name: string
  readonly children: RuntimeNode[] = []
  readonly childByName = new Map<string, RuntimeNode>()
  protected readonly task: TaskContext
  /** Where it is measured: of sources and terminal nodes. */
  latency: Sampled | null = null

  constructor(name: string, task: TaskContext) {
    this.name = name
    this.task = task
  }

  addChild(child: RuntimeNode): void {
    this.children.push(child)
    this.childByName.set(child.name, child)
  }

  /** How old a record is that has come here. */
  protected measure(record: AnyRecord): void {
    const { systemTimeMs } = this.task
    this.latency?.record(systemTimeMs - record.timestamp, systemTimeMs)
  }

  abstract init(): void
  abstract process(record: AnyRecord): void
  abstract close(): void

  /** Calls a punctuation of this node; its errors go to the processing handler, like those of records. */
  punctuate(timestamp: number, _type: PunctuationType, punctuator: Punctuator): void {
    const task = this.task
    task.hasRecordContext = true
    task.clearRecord(timestamp)
    task.systemTimeMs = task.services.now()
    try {
      punctuator(timestamp)
    } catch (error) {
      const failed = error instanceof FailedProcessingException
      if (failed || error instanceof AsyncResultException || this.#mustFail(error)) {
        throw new StreamsException(
          `task [${task.taskId}] Exception caught while punctuating processor '${this.name}'`,
          failed ? error.original : locatedAsync(error, this.name),
        )
      }
    }
  }

  #mustFail(error: unknown): boolean {
    const response = this.task.services.handlers.processing.handleError(
      this.task.errorContext(this.name),
      null,
      error,
    )
    this.task.sendDeadLetters(response)
    if (response.result === 'FAIL') return true
    this.task.drop('processing-error', this.name)
    return false
  }
}
