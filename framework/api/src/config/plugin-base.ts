import type { ConfigDef } from './config-def.ts'
import type { NamedPlugin } from './plugin-kind.ts'

/** A result that is there at once, or later. Hot paths return at once; only look-ups in a registry come later. */
export type MaybePromise<T> = T | Promise<T>

/** What every plugin says of itself. */
export interface Plugin extends NamedPlugin {
  /** Keys that it reads. */
  readonly config?: ConfigDef
}

/** A plugin that always declares its keys. */
export interface PluginBase extends Plugin {
  readonly config: ConfigDef
}
