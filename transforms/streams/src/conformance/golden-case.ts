/** The form of the cases in `fixtures/`: small topologies with inputs and outputs of Kafka Streams 4.3.1's own test driver. */
export interface GoldenInput {
  readonly topic?: string
  readonly key?: string | null
  readonly value?: string | number | null
  readonly timestamp?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly advanceWallClockMs?: number
}

export interface GoldenOutput {
  readonly step: number
  readonly topic: string
  readonly key: string | null
  readonly value: string | number | null
  readonly timestamp: number
  readonly headers?: Readonly<Record<string, string>>
}

export interface GoldenError {
  readonly step: number | 'build' | 'start'
  readonly class: string
  readonly message: string
  readonly rootClass?: string
  readonly rootMessage?: string
}

export interface GoldenCase {
  readonly name: string
  readonly config: Readonly<Record<string, string>>
  readonly topics: Readonly<
    Record<string, { readonly role: string; readonly key: string; readonly value: string }>
  >
  readonly inputs: readonly GoldenInput[]
  readonly expected: readonly GoldenOutput[]
  readonly expectedError?: GoldenError
  readonly droppedRecords?: number
  readonly stores?: Readonly<Record<string, readonly Readonly<Record<string, unknown>>[]>>
  readonly describe?: string
  readonly internalTopics?: readonly unknown[]
  readonly changelogs?: Readonly<
    Record<string, readonly { keyHex: string; valueHex: string | null; timestamp: number | null }[]>
  >
  readonly producedTopics?: readonly string[]
}
