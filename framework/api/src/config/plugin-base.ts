import type { ConfigDef } from './config-def.ts'

/** A result that is there at once, or later. Hot paths return at once; only look-ups in a registry come later. */
export type MaybePromise<T> = T | Promise<T>

/** What every plugin says of itself. */
export interface PluginBase {
  /** The class name configs use; for what Kafka Connect has too, Java's. */
  readonly className: string
  /** Further names that mean this plugin. */
  readonly aliases?: readonly string[]
  readonly version: string
  readonly doc: string
  readonly config: ConfigDef
}
