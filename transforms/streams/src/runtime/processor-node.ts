import { FailedProcessingException, StreamsException } from '../core/errors.ts'
import type { AnyRecord } from '../core/record.ts'
import { AsyncResultException, locatedAsync } from '../core/synchronous.ts'
import type { NodeProcessor } from '../context/node-processor.ts'
import { NodeContext } from '../context/node-context.ts'
import { RuntimeNode } from '../context/runtime-node.ts'
import type { TaskContext } from '../context/task-context.ts'

/** A node with a processor. An error of the processor, or of a sink below it, ends here or stops the task. */
export class ProcessorNode extends RuntimeNode {
  readonly context: NodeContext
  readonly #processor: NodeProcessor

  constructor(name: string, task: TaskContext, processor: NodeProcessor, storeNames: ReadonlySet<string>) {
    super(name, task)
    this.#processor = processor
    this.context = new NodeContext(this, task, storeNames)
  }

  init(): void {
    try {
      this.#processor.init(this.context)
    } catch (error) {
      throw new StreamsException(
        `failed to initialize processor ${this.name}`,
        locatedAsync(error, this.name),
      )
    }
  }

  process(record: AnyRecord): void {
    if (this.latency !== null) this.measure(record)
    try {
      this.#processor.process(record)
    } catch (error) {
      this.#handle(record, error)
    }
  }

  close(): void {
    try {
      this.#processor.close?.()
    } catch (error) {
      throw new StreamsException(`failed to close processor ${this.name}`, locatedAsync(error, this.name))
    }
  }

  #handle(record: AnyRecord, error: unknown): void {
    if (error instanceof FailedProcessingException) throw error
    if (error instanceof AsyncResultException)
      throw new FailedProcessingException(this.name, locatedAsync(error, this.name))
    const { task } = this
    let response
    try {
      response = task.services.handlers.processing.handleError(task.errorContext(this.name), record, error)
    } catch (fatal) {
      throw new FailedProcessingException(this.name, fatal)
    }
    task.sendDeadLetters(response)
    if (response.result !== 'RESUME') throw new FailedProcessingException(this.name, error)
    task.drop('processing-error', this.name)
  }
}
