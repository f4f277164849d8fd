import {
  type KafkaStreams,
  QueryableStoreTypes,
  Serdes,
  StoreQueryParameters,
} from '../../transforms/streams/src/index.ts'

/** What a client knows of a key of the store `counts`. */
export interface Answer {
  /** Who has the key, and who has copies. */
  readonly owner: string
  readonly standbys: readonly string[]
  /** What the client itself answers: a number, or the name of its refusal. */
  readonly own: string
  /** The same of copies and tasks on their way, too. */
  readonly stale: string
}

export function ask(app: KafkaStreams, key: string): Answer {
  const found = app.queryMetadataForKey('counts', key, Serdes.string().serializer)
  if (found === null) throw new Error('the store is not known')
  const counts = StoreQueryParameters.fromNameAndType(
    'counts',
    QueryableStoreTypes.keyValueStore<string, bigint>(),
  ).withPartition(found.partition)
  const read = (parameters: typeof counts): string => {
    try {
      return String(app.store(parameters).get(key))
    } catch (error) {
      return (error as Error).name
    }
  }
  return {
    owner: found.activeHost.toString(),
    standbys: found.standbyHosts.map(String),
    own: read(counts),
    stale: read(counts.enableStaleStores()),
  }
}
