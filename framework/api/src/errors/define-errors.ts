/** What is known of an error class: its code in logs, traces and the command line, and what it means to a user. */
export interface ErrorRow {
  /** Unique in all packages; never changed once released. */
  readonly code: string
  /** Class that Kafka Connect, Kafka Streams or a connector of theirs throws, and that traces show. */
  readonly javaClass: string
  readonly meaning: string
  /** What a user is to do. */
  readonly remedy: string
  /** True where the same may succeed when it is tried again later. */
  readonly retriable: boolean
}

/** The error classes of a package. */
export interface ErrorTable {
  /** By class name. */
  readonly rows: Readonly<Record<string, ErrorRow>>
  /** Why a class has no code: by class name. */
  readonly internal: Readonly<Record<string, string>>
}

/**
 * Declares the error classes of a package, in a file `error-rows.ts` that docs/errors.md is made from; each class takes its
 * row as `static override readonly row`.
 *
 * @param internal classes that never reach a user as they are, and why.
 */
export function defineErrors<const R extends Readonly<Record<string, ErrorRow>>>(
  rows: R,
  internal: Readonly<Record<string, string>> = {},
): { readonly rows: R; readonly internal: Readonly<Record<string, string>> } {
  return { rows, internal }
}
