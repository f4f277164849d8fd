import { ConnectError } from '@spillway/api'
import type { SinkSettings } from '../config/sink-settings.ts'
import type { TableId } from '../dialects/dialect.ts'
import { splitQualifiedName, tableIdOf } from './table-id.ts'

/** The table of a topic: mapping, pattern, format, normalization, in this order (Java: `JdbcDbWriter.destinationTable`). */
export class DestinationTables {
  readonly #settings: SinkSettings
  readonly #quote: string
  readonly #adapt: (id: TableId) => TableId
  readonly #known = new Map<string, TableId>()

  /** @param adapt what the dialect does to names: cutting them, folding their case. */
  constructor(settings: SinkSettings, quote: string, adapt: (id: TableId) => TableId) {
    this.#settings = settings
    this.#quote = quote
    this.#adapt = adapt
  }

  /** @throws {ConnectError} where the topic's name makes no table's name, or the pattern takes too long for it. */
  tableOf(topic: string): TableId {
    let id = this.#known.get(topic)
    if (id === undefined) {
      id = this.#adapt(this.#resolve(topic))
      this.#known.set(topic, id)
    }
    return id
  }

  #resolve(topic: string): TableId {
    const text = this.#settings.topicTables.get(topic) ?? this.#formatted(topic)
    if (text === '') {
      throw new ConnectError(
        `Destination table name for topic '${topic}' is empty using the format string ` +
          `'${this.#settings.tableNameFormat}'`,
      )
    }
    try {
      return tableIdOf(splitQualifiedName(text, this.#quote), text)
    } catch (cause) {
      throw new ConnectError(
        `The topic '${topic}' gives no table name with table.name.format '${this.#settings.tableNameFormat}': ${(cause as Error).message}`,
        { cause },
      )
    }
  }

  #formatted(topic: string): string {
    const { topicRewrite, tableNameFormat, normalizesTableNames } = this.#settings
    const named =
      topicRewrite === null ? topic : topicRewrite.regex.replaceAll(topic, topicRewrite.replacement)
    const text = tableNameFormat.replaceAll('${topic}', () => named)
    return normalizesTableNames ? text.replace(/[^a-zA-Z0-9_]/g, '_') : text
  }
}
