/** A configuration as it is written: flat, by key. Null values are refused where a value is needed. */
export type RawConfig = Readonly<Record<string, string | null>>
