/** A request as it is written; placeholders `<c>`, `<topic>` and `<folder>` are filled in when it is sent. */
export interface JsonRequest {
  readonly method: string
  readonly path: string
  readonly body?: unknown
  /** A body that is no JSON, or not meant to be. */
  readonly raw?: string
  readonly contentType?: string
  readonly accept?: string
}

/** What is waited for between requests. */
export interface Wait {
  readonly until: {
    readonly name: string
    readonly state?: string
    readonly tasks?: number
    readonly topics?: readonly string[]
    /** The committed offset of each partition. */
    readonly offset?: number
    readonly gone?: boolean
  }
}

export type Step = JsonRequest | Wait

/** What was answered, with names of the run replaced by placeholders. */
export interface Answer {
  readonly status: number
  readonly type?: string
  readonly location?: string
  readonly allow?: string
  readonly body?: unknown
}

/** `METHOD path body`, which tells requests apart in reports. */
export function titleOf(request: JsonRequest): string {
  const body = request.raw ?? (request.body === undefined ? '' : JSON.stringify(request.body))
  const headers = [request.contentType, request.accept && `accept ${request.accept}`]
    .filter(Boolean)
    .join(', ')
  return `${request.method} ${request.path}${headers === '' ? '' : ` (${headers})`} ${body}`.trim()
}
