import { Counter, Gauge, Registry } from 'prom-client'

type Labels = Readonly<Record<string, string | number>>

/**
 * Collects the values of one scrape and writes them in Prometheus' text format. A new one is made for each scrape, so
 * what is gone (a deleted connector) is gone there too.
 */
export class PrometheusText {
  readonly #registry = new Registry()
  readonly #metrics = new Map<string, Gauge | Counter>()

  /** A value that goes up and down. A metric has the label names of its first value. */
  gauge(name: string, help: string, labels: Labels, value: number): void {
    let metric = this.#metrics.get(name)
    if (metric === undefined) {
      metric = new Gauge({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] })
      this.#metrics.set(name, metric)
    }
    metric.inc({ ...labels }, value)
  }

  /** A value that only grows, as it stands now. */
  counter(name: string, help: string, labels: Labels, value: number): void {
    let metric = this.#metrics.get(name)
    if (metric === undefined) {
      metric = new Counter({ name, help, labelNames: Object.keys(labels), registers: [this.#registry] })
      this.#metrics.set(name, metric)
    }
    metric.inc({ ...labels }, value)
  }

  /** @param pause lets other work have the thread between metrics. */
  async text(pause: () => Promise<void> = async () => undefined): Promise<string> {
    const parts: string[] = []
    for (const name of this.#metrics.keys()) {
      parts.push(await this.#registry.getSingleMetricAsString(name))
      await pause()
    }
    return `${parts.join('\n\n')}\n`
  }
}
