import { Sampled } from './sampled.ts'

/** A figure of the running topology, named as Kafka Streams names it. */
export interface Metric {
  readonly name: string
  readonly group: string
  readonly tags: MetricTags
  /** Text for what is no number, such as a state. */
  readonly value: number | string
}

export type MetricTags = Readonly<Record<string, string>>

/** What is told of a {@link Sampled}, by the end of its name. */
export type Statistic = 'avg' | 'max' | 'min' | 'rate' | 'total' | 'frequency' | 'count' | 'ratio'

/** A counter; only grows. */
export class Counter implements Metric {
  readonly name: string
  readonly group: string
  readonly tags: MetricTags
  value = 0

  constructor(name: string, group: string, tags: MetricTags) {
    this.name = name
    this.group = group
    this.tags = tags
  }

  increment(by = 1): void {
    this.value += by
  }
}

/** Holds the metrics of one runtime. */
export class MetricsRegistry {
  readonly #metrics = new Map<string, Metric>()
  /** Time of samples, ms. */
  readonly now: () => number

  constructor(now: () => number = Date.now) {
    this.now = now
  }

  /** The counter of that name and tags, made when it is first asked for. */
  counter(name: string, group: string, tags: MetricTags): Counter {
    const id = identity(name, group, tags)
    const known = this.#metrics.get(id)
    if (known instanceof Counter) return known
    const counter = new Counter(name, group, tags)
    this.#metrics.set(id, counter)
    return counter
  }

  /** Registers a figure that is read when it is asked for. */
  gauge(name: string, group: string, tags: MetricTags, read: () => number | string): Metric {
    const gauge: Metric = {
      name,
      group,
      tags,
      get value() {
        return read()
      },
    }
    this.#metrics.set(identity(name, group, tags), gauge)
    return gauge
  }

  /** Forgets it, unless another one of the name and tags has taken its place. */
  remove(metric: Metric): void {
    const id = identity(metric.name, metric.group, metric.tags)
    if (this.#metrics.get(id) === metric) this.#metrics.delete(id)
  }

  all(): readonly Metric[] {
    return [...this.#metrics.values()]
  }

  /** Sum of all metrics of that name whose tags hold the given ones. */
  total(name: string, tags: MetricTags = {}): number {
    return this.all()
      .filter((metric) => metric.name === name)
      .filter((metric) => Object.entries(tags).every(([key, value]) => metric.tags[key] === value))
      .reduce((sum, { value }) => (typeof value === 'number' ? sum + value : sum), 0)
  }
}

/** How often something was recorded is told by the names of how much. */
const names: Partial<Record<Statistic, string>> = { frequency: 'rate', count: 'total' }

/** The metrics of something that begins and ends, such as a task. */
export class MetricsScope {
  readonly #registry: MetricsRegistry
  readonly tags: MetricTags
  readonly #metrics: Metric[] = []

  /** @param tags that all of them have */
  constructor(registry: MetricsRegistry, tags: MetricTags) {
    this.#registry = registry
    this.tags = tags
  }

  gauge(group: string, name: string, read: () => number | string, more: MetricTags = {}): void {
    this.#metrics.push(this.#registry.gauge(name, group, { ...this.tags, ...more }, read))
  }

  /**
   * Registers `<name>-<statistic>` of what is recorded with the returned object. `frequency` and `count`, how often, are told as `rate`
   * and `total`, which are how much otherwise.
   */
  sampled(group: string, name: string, statistics: readonly Statistic[], more: MetricTags = {}): Sampled {
    const sampled = new Sampled(this.#registry.now())
    this.tell(sampled, group, name, statistics, more)
    return sampled
  }

  /** As {@link sampled}, of what is recorded already. */
  tell(
    sampled: Sampled,
    group: string,
    name: string,
    statistics: readonly Statistic[],
    more: MetricTags = {},
  ): void {
    for (const statistic of statistics) {
      const end = names[statistic] ?? statistic
      this.gauge(group, `${name}-${end}`, () => valueOf(sampled, statistic, this.#registry.now()), more)
    }
  }

  counter(group: string, name: string, more: MetricTags = {}): Counter {
    const counter = this.#registry.counter(name, group, { ...this.tags, ...more })
    this.#metrics.push(counter)
    return counter
  }

  /** Forgets all of them. */
  remove(): void {
    for (const metric of this.#metrics.splice(0)) this.#registry.remove(metric)
  }
}

function valueOf(sampled: Sampled, statistic: Statistic, now: number): number {
  switch (statistic) {
    case 'avg':
      return sampled.average(now)
    case 'max':
      return sampled.max(now)
    case 'min':
      return sampled.min(now)
    case 'rate':
      return sampled.rate(now)
    case 'frequency':
      return sampled.frequency(now)
    case 'ratio':
      return sampled.share(now)
    case 'total':
      return sampled.total
    case 'count':
      return sampled.count
  }
}

function identity(name: string, group: string, tags: MetricTags): string {
  return `${group}|${name}|${Object.entries(tags).sort().join('|')}`
}
