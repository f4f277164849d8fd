import {
  type ConsumerRecord,
  findPlugin,
  type ModuleDoor,
  type PluginRegistry,
  type RecordPreview,
  type SinkConnectorPlugin,
  type SinkRecord,
  SINKS,
  systemClock,
} from '@spillway/api'
import type { RefineAction } from '@spillway/refine'
import { ErrorHandler } from '../failures/error-handler.ts'
import { ErrorMetrics } from '../failures/error-metrics.ts'
import type { FailedOperation } from '../failures/failed-operation.ts'
import { WorkerModules } from '../plugins/worker-modules.ts'
import { sinkConnectorConfig } from '../config/connector-config.ts'
import { subscriptionOf } from '../task/create-task.ts'
import { RecordPipeline } from '../task/record-pipeline.ts'
import { createConverter, createHeaderConverter, createTransforms } from '../task/task-plugins.ts'
import { plainValue } from './plain-value.ts'
import type {
  PreviewData,
  PreviewedRecord,
  PreviewError,
  PreviewOutput,
  PreviewResult,
  SampleRecord,
} from './preview-protocol.ts'
import { readLastRecords } from './read-last-records.ts'

/** What one consumed record became. */
interface Converted {
  readonly raw: ConsumerRecord
  readonly records: readonly SinkRecord[]
  readonly refined: readonly RefineAction[]
  readonly failure: FailedOperation | undefined
}

/**
 * Takes records through a connector's converters and transformations and asks the connector where they would be written.
 * Every record is told its own error, whatever `errors.tolerance` says; nothing is reported or written anywhere.
 */
export async function runPreview(
  data: PreviewData,
  registry: PluginRegistry,
  signal: AbortSignal,
): Promise<PreviewResult> {
  const { config, connectorName } = data
  const settings = sinkConnectorConfig.parse(config)
  const own = new WorkerModules(data.modules, registry)
  const modules = data.mayOnlyRead ? own.loadedOnly() : own
  const plugin = await findPlugin(modules, SINKS, settings['connector.class'], 'connector.class')
  const raw =
    'records' in data.input
      ? data.input.records.map(consumedRecord)
      : await readLastRecords({
          ...data,
          subscription: subscriptionOf(settings, null),
          count: data.input.last,
          signal,
        })
  const converted = await convertAll(data, modules, raw, signal)
  const records = converted.flatMap((one) => one.records)
  const previews =
    (await plugin.preview?.({
      connectorName,
      config,
      records,
      signal,
      modules,
      isOffline: data.mayOnlyRead,
    })) ?? null
  let next = 0
  const answers = converted.map(({ raw: source, records: outputs, refined, failure }): PreviewedRecord => ({
    topic: source.topic,
    partition: source.partition,
    offset: Number(source.offset),
    ...(refined.length > 0 && { refined }),
    ...(failure !== undefined && { error: errorOf(failure.stage, failure.className, failure.error) }),
    outputs: outputs.map((record) => outputOf(plugin, record, previews?.[next++])),
  }))
  return { name: connectorName, class: plugin.className, records: answers }
}

async function convertAll(
  { config, workerConfig }: PreviewData,
  modules: ModuleDoor,
  raw: readonly ConsumerRecord[],
  signal: AbortSignal,
): Promise<Converted[]> {
  let failure: FailedOperation | undefined
  const refined: RefineAction[] = []
  const metrics = new ErrorMetrics()
  const errors = new ErrorHandler({
    config: { ...sinkConnectorConfig.parse(config), 'errors.tolerance': 'all', 'errors.retry.timeout': 0 },
    reporters: [
      {
        report: async (failed) => {
          failure = failed
        },
        close: async () => {},
      },
    ],
    metrics,
    clock: systemClock,
    signal,
  })
  const pipeline = new RecordPipeline({
    key: await createConverter(modules, 'key.converter', config, workerConfig),
    value: await createConverter(modules, 'value.converter', config, workerConfig),
    header: await createHeaderConverter(modules, config, workerConfig),
    transforms: await createTransforms(modules, config, refined),
    errors,
    clock: systemClock,
  })
  const converted: Converted[] = []
  for (const record of raw) {
    failure = undefined
    const records: SinkRecord[] = []
    await pipeline.convert([record], records)
    converted.push({ raw: record, records, refined: refined.splice(0), failure })
  }
  return converted
}

function outputOf(
  plugin: SinkConnectorPlugin,
  record: SinkRecord,
  preview: RecordPreview | undefined,
): PreviewOutput {
  return {
    topic: record.topic,
    key: plainValue(record.key),
    value: plainValue(record.value),
    headers: Object.fromEntries([...record.headers].map(({ key, value }) => [key, plainValue(value)])),
    ...(preview !== undefined && { destinations: preview.destinations }),
    ...(preview?.statements !== undefined && {
      statements: preview.statements.map(({ sql, parameters }) => ({
        sql,
        ...(parameters !== undefined && { parameters: parameters.map(plainValue) }),
      })),
    }),
    ...(preview?.error !== undefined && {
      error: errorOf('TASK_PUT', plugin.className, preview.error),
    }),
  }
}

function errorOf(stage: PreviewError['stage'], className: string, error: unknown): PreviewError {
  return { stage, class: className, message: error instanceof Error ? error.message : String(error) }
}

function consumedRecord(sample: SampleRecord): ConsumerRecord {
  const bytes = (part: Uint8Array | null): Buffer | null => (part === null ? null : Buffer.from(part))
  return {
    topic: sample.topic,
    partition: sample.partition,
    offset: BigInt(sample.offset),
    timestamp: sample.timestamp ?? -1,
    timestampType: 'CreateTime',
    key: bytes(sample.key),
    value: bytes(sample.value),
    headers: sample.headers.map(({ key, value }) => ({ key, value: bytes(value) })),
  }
}
