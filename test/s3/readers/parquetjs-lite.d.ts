declare module 'parquetjs-lite' {
  /** What the tests use of it; the package has no types. */
  interface Reader {
    getCursor(): { next(): Promise<Record<string, unknown> | null> }
    close(): Promise<void>
  }
  const parquetjs: { readonly ParquetReader: { openBuffer(buffer: Buffer): Promise<Reader> } }
  export = parquetjs
}
