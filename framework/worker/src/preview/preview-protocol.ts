import type { RawConfig } from '@spillway/api'
import type { RefineAction } from '@spillway/refine'
import type { Stage } from '../failures/failed-operation.ts'
import type { PluginModule } from '../plugins/plugin-path.ts'
import type { ModuleRules } from '../plugins/worker-modules.ts'

/** A record as the body of a preview has it; bytes are text, or `{"base64": "…"}`, any other JSON is its own text. */
export interface SampleRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  /** Ms since the epoch; null for none. */
  readonly timestamp: number | null
  readonly key: Uint8Array | null
  readonly value: Uint8Array | null
  readonly headers: readonly { readonly key: string; readonly value: Uint8Array | null }[]
}

/** What to look at: records of the request, or the last ones of the connector's topics. */
export type PreviewInput = { readonly records: readonly SampleRecord[] } | { readonly last: number }

/** What a preview thread is born with. */
export interface PreviewData {
  readonly registryModule: string
  readonly pluginModules: readonly PluginModule[]
  readonly workerConfig: RawConfig
  readonly connectorName: string
  /** Resolved and valid. */
  readonly config: RawConfig
  readonly input: PreviewInput
  readonly logLevel: string
  /** What is secret in it. */
  readonly secrets: readonly string[]
  /** What is secret in the worker's configuration. */
  readonly workerSecrets: readonly string[]
  readonly modules: ModuleRules
  /** True where it is for a user who may only read. */
  readonly mayOnlyRead: boolean
}

/** Why a record does not come through. */
export interface PreviewError {
  readonly stage: Stage
  readonly class: string
  readonly message: string
}

/** One record that the sink would be given. */
export interface PreviewOutput {
  readonly topic: string
  readonly key: unknown
  readonly value: unknown
  readonly headers: Readonly<Record<string, unknown>>
  /** Absent where the connector cannot tell. */
  readonly destinations?: readonly string[]
  readonly statements?: readonly { readonly sql: string; readonly parameters?: readonly unknown[] }[]
  readonly error?: PreviewError
}

/** What became of one consumed record. */
export interface PreviewedRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  /** What each key of `refine.*` did, in order; absent without such keys. The fields are those of the outputs. */
  readonly refined?: readonly RefineAction[]
  /** Where converters or transformations fail. */
  readonly error?: PreviewError
  /** Empty where a transformation drops the record. */
  readonly outputs: readonly PreviewOutput[]
}

/** The answer of `POST /connector-plugins/{class}/preview`. */
export interface PreviewResult {
  readonly name: string
  readonly class: string
  readonly records: readonly PreviewedRecord[]
}

export type FromPreviewThread = { readonly result: PreviewResult } | { readonly failure: string }
