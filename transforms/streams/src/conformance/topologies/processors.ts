import {
  Consumed,
  IllegalStateException,
  Materialized,
  Named,
  Serdes,
  SerializationException,
  Stores,
  Topology,
} from '../../index.ts'
import type {
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyRecord,
  KeyValueStore,
  Processor,
  ProcessorContext,
  PunctuationType,
  Record,
  Serde,
  WindowStore,
} from '../../index.ts'
import type { CaseTopology } from './case-topology.ts'
import { dsl } from './case-topology.ts'

type Text = Record<string, string>

/** Passes changed values on. */
class Changes implements FixedKeyProcessor<string, string, string> {
  #context!: FixedKeyProcessorContext<string, string>
  #last!: KeyValueStore<string, string>

  init(context: FixedKeyProcessorContext<string, string>): void {
    this.#context = context
    this.#last = context.getStateStore('last')
  }

  process(record: FixedKeyRecord<string, string>): void {
    if (record.key === null) {
      this.#context.forward(record)
      return
    }
    if (this.#last.get(record.key) === record.value) return
    this.#last.put(record.key, record.value)
    this.#context.forward(record)
  }
}

/** Passes each event id on once within 100 ms. */
class Deduplicate implements Processor<string, string, string, string> {
  #context!: ProcessorContext<string, string>
  #seen!: WindowStore<string, string>

  init(context: ProcessorContext<string, string>): void {
    this.#context = context
    this.#seen = context.getStateStore('seen')
  }

  process({ key, value, timestamp }: Text): void {
    if ([...this.#seen.fetch(value, timestamp - 100, timestamp + 100)].length === 0) {
      this.#context.forward({ key: value, value: key, timestamp })
    }
    this.#seen.put(value, '', timestamp)
  }
}

/** Tells at each punctuation how many records it has seen. */
class Punctuated implements Processor<string, string, string, string> {
  readonly #start: number | null
  readonly #type: PunctuationType
  #context!: ProcessorContext<string, string>
  #seen = 0

  constructor(type: PunctuationType, start: number | null) {
    this.#type = type
    this.#start = start
  }

  init(context: ProcessorContext<string, string>): void {
    this.#context = context
    const punctuate = (timestamp: number): void =>
      context.forward({ key: 'p', value: `punct@${timestamp} seen=${this.#seen}`, timestamp })
    if (this.#start === null) context.schedule(10, this.#type, punctuate)
    else context.schedule(this.#start, 10, this.#type, punctuate)
  }

  process(record: Text): void {
    this.#seen++
    this.#context.forward(record)
  }
}

/** A processor of one function. */
const each =
  (handle: (record: Text, context: ProcessorContext<string, string>) => void) =>
  (): Processor<string, string, string, string> => {
    let context: ProcessorContext<string, string>
    return {
      init: (given) => {
        context = given
      },
      process: (record) => handle(record, context),
    }
  }

/** JSON texts that are checked but not parsed. */
const jsonText: Serde<string> = {
  serializer: Serdes.string().serializer,
  deserializer: {
    deserialize: (topic, headers, data) => {
      const text = Serdes.string().deserializer.deserialize(topic, headers, data)
      try {
        if (text !== null) JSON.parse(text)
      } catch {
        throw new SerializationException('invalid JSON')
      }
      return text
    },
  },
}

/** The Processor API, errors, and topologies that cannot work. */
export const processorCases: Readonly<globalThis.Record<string, CaseTopology>> = {
  '70-process-values-store': dsl((builder) => {
    builder.addStateStore(
      Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore('last'), Serdes.string(), Serdes.string()),
    )
    builder
      .stream<string, string>('in')
      .processValues(() => new Changes(), 'last')
      .to('out')
  }),
  '71-process-dedup-window-store': dsl((builder) => {
    const supplier = Stores.persistentWindowStore('seen', 1000, 100, false)
    builder.addStateStore(Stores.windowStoreBuilder(supplier, Serdes.string(), Serdes.string()))
    builder
      .stream<string, string>('in')
      .process(() => new Deduplicate(), 'seen')
      .to('out')
  }),
  '72-punctuate-stream-time': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .process(() => new Punctuated('STREAM_TIME', null))
      .to('out')
  }),
  '74-punctuate-anchored': dsl((builder) => {
    builder
      .stream<string, string>('in')
      .process(() => new Punctuated('WALL_CLOCK_TIME', 25))
      .to('out')
  }),
  '76-low-level-topology': () =>
    new Topology()
      .addSource('src', 'in')
      .addProcessor(
        'splitter',
        each((record, context) => {
          if (record.value === 'all') context.forward(record)
          else context.forward(record, Number(record.value) % 2 === 1 ? 'odd' : 'even')
        }),
        'src',
      )
      .addProcessor(
        'even',
        each((record, context) => context.forward({ ...record, value: `even:${record.value}` })),
        'splitter',
      )
      .addProcessor(
        'odd',
        each((record, context) =>
          context.forward({ ...record, key: 'odd', timestamp: record.timestamp + 1000 }),
        ),
        'splitter',
      )
      .addSink('sink-even', 'out-even', 'even')
      .addSink('sink-odd', 'out-odd', 'odd')
      .addSink('sink-raw', 'out-raw', 'splitter'),
  '78-record-metadata-and-times': dsl((builder) => {
    builder
      .stream<string, string>(['a', 'b'])
      .processValues<string>(() => {
        let context: FixedKeyProcessorContext<string, string>
        return {
          init: (given) => {
            context = given
          },
          process: (record) => {
            const meta = context.recordMetadata()
            const times = `st=${context.currentStreamTimeMs()} wc=${context.currentSystemTimeMs()}`
            context.forward(record.withValue(`${meta?.topic}/${meta?.partition}/${meta?.offset} ${times}`))
          },
        }
      })
      .to('out')
  }),
  '80-deserialization-continue-dlq': dsl((builder) => {
    builder
      .stream('in', Consumed.with<string, string>(null, jsonText))
      .mapValues((value) => `ok:${value}`)
      .to('out')
  }),
  '82-processing-continue-dlq': dsl((builder) => {
    const stream = builder.stream<string, string>('in')
    stream.mapValues((value) => `first:${value}`).to('out1')
    stream
      .selectKey(() => 'new')
      .mapValues((value) => {
        if (value === 'boom') throw new IllegalStateException(`no ${value}`)
        return value
      })
      .to('out2')
  }),
  '86-invalid-topology-duplicate-store': dsl((builder) => {
    const grouped = builder.stream<string, string>('in').groupByKey()
    grouped.count(Materialized.as('same'))
    grouped.reduce((a, b) => a + b, Materialized.as('same'))
  }),
  '88-invalid-topology-unconnected-store': dsl((builder) => {
    builder.addStateStore(
      Stores.keyValueStoreBuilder(Stores.persistentKeyValueStore('kv'), Serdes.string(), Serdes.string()),
    )
    builder.stream<string, string>('in').process<string, string>(
      () => ({
        init: (context) => {
          context.getStateStore('kv')
        },
        process: () => undefined,
      }),
      Named.as('reader'),
    )
    builder
      .stream<string, string>('in2')
      .process<string, string>(() => ({ process: () => undefined }), Named.as('connected'), 'kv')
  }),
}
