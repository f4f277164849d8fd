/** How a worker of either runtime is started. */
export interface WorkerSpec {
  /** Runs a distributed worker in the cluster of this name; alone without one. */
  readonly cluster?: string
  /** Worker keys over the defaults. */
  readonly config?: Readonly<Record<string, string>>
  /** Files for a standalone worker's command line. */
  readonly connectorFiles?: readonly string[]
}

export interface RestReply {
  readonly status: number
  /** The parsed body; the text where it is no JSON; undefined where there is none. */
  readonly body: unknown
  readonly headers: Headers
}

/** A worker in a process of its own, known by its REST API alone. */
export interface ConformanceWorker {
  readonly url: string
  readonly isRunning: boolean
  /** Resolves with the exit code, or the signal that ended it. */
  readonly exit: Promise<number | NodeJS.Signals>
  output(): string
  kill(signal: NodeJS.Signals): void
  /** Kills it and removes what it left; for `after` hooks. */
  dispose(): Promise<void>
}

/** The test plugins that exist twice, in TypeScript (test/plugins) and in Java (test/plugins/java). */
export const TEST_PLUGINS = [
  'MonitorableSink',
  'MockSink',
  'ErrantReporterSink',
  'FaultyPassthrough',
] as const
export type TestPlugin = (typeof TEST_PLUGINS)[number]

/** A runtime that the suite can be pointed at. */
export interface Target {
  readonly name: TargetName
  /** The name a configuration gives the plugin. */
  pluginClass(plugin: TestPlugin): string
  /** Starts a worker without waiting for its REST API. */
  spawn(spec: WorkerSpec): Promise<ConformanceWorker & { ready(): Promise<void> }>
}

export const TARGET_NAMES = ['kafka-connect', 'spillway'] as const
export type TargetName = (typeof TARGET_NAMES)[number]
