/** A figure of the running topology, named as Kafka Streams names it. */
export interface Metric {
  readonly name: string
  readonly group: string
  readonly tags: Readonly<Record<string, string>>
  readonly value: number
}

/** A counter; only grows. */
export class Counter implements Metric {
  readonly name: string
  readonly group: string
  readonly tags: Readonly<Record<string, string>>
  value = 0

  constructor(name: string, group: string, tags: Readonly<Record<string, string>>) {
    this.name = name
    this.group = group
    this.tags = tags
  }

  increment(by = 1): void {
    this.value += by
  }
}

interface Gauge extends Metric {
  readonly read: () => number
}

/** Holds the metrics of one runtime. */
export class MetricsRegistry {
  readonly #counters = new Map<string, Counter>()
  readonly #gauges = new Map<string, Gauge>()

  /** The counter of that name and tags, made when it is first asked for. */
  counter(name: string, group: string, tags: Readonly<Record<string, string>>): Counter {
    const id = identity(name, group, tags)
    let counter = this.#counters.get(id)
    if (counter === undefined) {
      counter = new Counter(name, group, tags)
      this.#counters.set(id, counter)
    }
    return counter
  }

  /** Registers a figure that is read when it is asked for. */
  gauge(name: string, group: string, tags: Readonly<Record<string, string>>, read: () => number): void {
    this.#gauges.set(identity(name, group, tags), {
      name,
      group,
      tags,
      read,
      get value() {
        return read()
      },
    })
  }

  all(): readonly Metric[] {
    return [...this.#counters.values(), ...this.#gauges.values()]
  }

  /** Sum of all metrics of that name whose tags hold the given ones. */
  total(name: string, tags: Readonly<Record<string, string>> = {}): number {
    return this.all()
      .filter((metric) => metric.name === name)
      .filter((metric) => Object.entries(tags).every(([key, value]) => metric.tags[key] === value))
      .reduce((sum, metric) => sum + metric.value, 0)
  }
}

function identity(name: string, group: string, tags: Readonly<Record<string, string>>): string {
  return `${group}|${name}|${Object.entries(tags).sort().join('|')}`
}
