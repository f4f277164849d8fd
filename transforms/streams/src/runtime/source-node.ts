import { StreamsException } from '../core/errors.ts'
import { deserializerOr } from '../core/serde.ts'
import type { Deserializer, Serde } from '../core/serde.ts'
import type { AnyRecord } from '../core/record.ts'
import type { SourceDefinition } from '../topology/node-definitions.ts'
import { NodeContext } from '../context/node-context.ts'
import { RuntimeNode } from '../context/runtime-node.ts'
import type { TaskContext } from '../context/task-context.ts'
import { failOnInvalidTimestamp } from '../config/timestamp-extractors.ts'
import type { TimestampExtractor } from '../config/timestamp-extractors.ts'

const nothing: ReadonlySet<string> = new Set()

/** Where records enter a task. Corresponds to Java's `SourceNode`. */
export class SourceNode extends RuntimeNode {
  readonly keys: Deserializer<unknown>
  readonly values: Deserializer<unknown>
  readonly extractor: TimestampExtractor
  readonly #context: NodeContext

  /** @throws StreamsException when there is no serde for keys or values */
  constructor(definition: SourceDefinition, task: TaskContext) {
    super(definition.name, task)
    this.keys = this.#deserializer(definition.keyDeserializer, 'key')
    this.values = this.#deserializer(definition.valueDeserializer, 'value')
    const configured = task.services.config['default.timestamp.extractor'] as TimestampExtractor | undefined
    this.extractor = definition.timestampExtractor ?? configured ?? failOnInvalidTimestamp
    this.#context = new NodeContext(this, task, nothing)
  }

  init(): void {
    // Serdes were settled by the constructor already.
  }

  process(record: AnyRecord): void {
    this.measure(record)
    this.#context.emit(record)
  }

  close(): void {
    // Nothing is held.
  }

  #deserializer(given: Deserializer<unknown> | null, what: 'key' | 'value'): Deserializer<unknown> {
    const fallback = this.task.services.config[`default.${what}.serde`] as Serde<unknown> | undefined
    const found = deserializerOr(given, fallback ?? null)
    if (found === null) {
      throw new StreamsException(
        `Failed to initialize ${what} serdes for source node ${this.name}`,
        new StreamsException(
          `Please specify a ${what} serde or set one through the config "default.${what}.serde"`,
        ),
      )
    }
    return found
  }
}
