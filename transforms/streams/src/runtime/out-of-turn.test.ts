import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  Consumed,
  LogAndContinueProcessingExceptionHandler,
  Produced,
  Serdes,
  Stores,
  StreamsBuilder,
  TopologyTestDriver,
} from '../index.ts'
import type {
  FixedKeyProcessor,
  FixedKeyProcessorContext,
  FixedKeyRecord,
  KeyValueStore,
  Processor,
  ProcessorContext,
  Record,
  StreamsConfig,
} from '../index.ts'

type Context = ProcessorContext<string, string>
type Text = Record<string, string>

const strings = () => Consumed.with(Serdes.string(), Serdes.string())
const asStrings = () => Produced.with(Serdes.string(), Serdes.string())

interface Run {
  readonly driver: TopologyTestDriver
  pipe(key: string, value: string, timestamp?: number): void
  out(): string[]
}

/** One processor with a store between two topics. */
function running(
  processor: () => Processor<string, string, string, string>,
  config: StreamsConfig = {},
): Run {
  const builder = new StreamsBuilder()
  const store = Stores.inMemoryKeyValueStore('kv')
  builder.addStateStore(Stores.keyValueStoreBuilder(store, Serdes.string(), Serdes.string()))
  builder.stream('in', strings()).process(processor, 'kv').to('out', asStrings())
  return opened(new TopologyTestDriver(builder.build(), { 'application.id': 'app', ...config }, 0))
}

/** One processor of values between two topics. */
function keeping(processor: () => FixedKeyProcessor<string, string, string>): Run {
  const builder = new StreamsBuilder()
  builder.stream('in', strings()).processValues(processor).to('out', asStrings())
  return opened(new TopologyTestDriver(builder.build(), {}, 0))
}

function opened(driver: TopologyTestDriver): Run {
  const input = driver.createInputTopic('in', Serdes.string(), Serdes.string())
  const output = driver.createOutputTopic('out', Serdes.string(), Serdes.string())
  return {
    driver,
    pipe: (key, value, timestamp = 0) => input.pipeInput(key, value, timestamp),
    out: () => output.readRecordsToList().map(({ key, value, timestamp }) => `${key}=${value}@${timestamp}`),
  }
}

/** What is tried with a context, and what Java says to it outside a turn. */
const methods: Readonly<globalThis.Record<string, readonly [(context: Context) => unknown, RegExp | null]>> =
  {
    forward: [
      (context) => context.forward({ key: 'k', value: 'late', timestamp: 7 }),
      /^Current node is unknown: processor KSTREAM-PROCESSOR-0000000001 called forward\(\) outside its turn/,
    ],
    'forward to a child': [
      (context) => context.forward({ key: 'k', value: 'late', timestamp: 7 }, 'KSTREAM-SINK-0000000002'),
      /^Current node is unknown/,
    ],
    schedule: [
      (context) => context.schedule(10, 'WALL_CLOCK_TIME', () => undefined),
      /^Current node is null: processor KSTREAM-PROCESSOR-0000000001 called schedule\(\) outside its turn/,
    ],
    'schedule on a grid': [
      (context) => context.schedule(0, 10, 'STREAM_TIME', () => undefined),
      /^Current node is null/,
    ],
    getStateStore: [
      (context) => context.getStateStore('kv'),
      /^Accessing from an unknown node: processor KSTREAM-PROCESSOR-0000000001 asked for store kv/,
    ],
    commit: [(context) => context.commit(), null],
    currentSystemTimeMs: [(context) => context.currentSystemTimeMs(), null],
    currentStreamTimeMs: [(context) => context.currentStreamTimeMs(), null],
    recordMetadata: [(context) => context.recordMetadata(), null],
    taskId: [(context) => context.taskId, null],
  }

/** When a context is used, by a test that holds on to it. */
const moments: Readonly<globalThis.Record<string, (use: (context: Context) => void) => void>> = {
  'between two records': (use) => {
    let context!: Context
    const { driver, pipe, out } = running(() => ({
      init: (given) => void (context = given),
      process: () => undefined,
    }))
    use(context)
    pipe('a', 'x')
    use(context)
    pipe('b', 'y')
    assert.deepEqual(out(), [])
    driver.close()
  },
  'after the close': (use) => {
    let context!: Context
    const { driver, pipe } = running(() => ({
      init: (given) => void (context = given),
      process: () => undefined,
    }))
    pipe('a', 'x')
    driver.close()
    use(context)
  },
  'after a record that failed': (use) => {
    let context!: Context
    const { driver, pipe } = running(() => ({
      init: (given) => void (context = given),
      process: () => {
        throw new RangeError('broken')
      },
    }))
    assert.throws(() => pipe('a', 'x'))
    use(context)
    driver.close()
  },
  'after a punctuation': (use) => {
    let context!: Context
    const { driver } = running(() => ({
      init: (given) => {
        context = given
        given.schedule(10, 'WALL_CLOCK_TIME', () => undefined)
      },
      process: () => undefined,
    }))
    driver.advanceWallClockTime(10)
    use(context)
    driver.close()
  },
  "in another processor's turn": (use) => {
    const builder = new StreamsBuilder()
    let context!: Context
    builder
      .stream('in', strings())
      .process<string, string>(() => ({
        init: (given) => void (context = given),
        process: (record) => context.forward(record),
      }))
      .process<string, string>(() => ({ process: () => use(context) }))
    using driver = new TopologyTestDriver(builder.build(), {}, 0)
    driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('a', 'x', 0)
  },
}

describe('a context that is used outside the turn of its processor', () => {
  for (const [moment, at] of Object.entries(moments)) {
    for (const [method, [act, refusal]] of Object.entries(methods)) {
      test(`${moment}: ${method} ${refusal === null ? 'works' : 'is refused'}`, () => {
        let used = 0
        at((context) => {
          used++
          if (refusal === null) act(context)
          else assert.throws(() => act(context), { message: refusal })
        })
        assert.ok(used > 0)
      })
    }
  }

  test('after an await is refused, and nothing comes out with the next record', async () => {
    const attempts: unknown[] = []
    let context!: Context
    const { driver, pipe, out } = running(() => ({
      init: (given) => void (context = given),
      process: (async (record: Text) => {
        await Promise.resolve()
        try {
          context.forward(record)
        } catch (error) {
          attempts.push((error as Error).name)
        }
      }) as (record: Text) => void,
    }))
    assert.throws(() => pipe('a', 'x'))
    await Promise.resolve()
    assert.throws(() => pipe('b', 'y'))
    await Promise.resolve()
    assert.deepEqual(out(), [])
    assert.deepEqual(attempts, ['StreamsException', 'StreamsException'])
    driver.close()
  })
})

describe('a context in the turn of its processor', () => {
  const turns = ['process', 'stream punctuation', 'wall-clock punctuation', 'close'] as const
  for (const turn of turns) {
    test(`does all it can in: ${turn}`, () => {
      const acted: string[] = []
      const { driver, pipe, out } = running(() => {
        let context!: Context
        const act = (): void => {
          for (const [name, [method]] of Object.entries(methods)) {
            if (name === 'forward to a child') continue
            method(context)
            acted.push(name)
          }
        }
        return {
          init: (given) => {
            context = given
            if (turn === 'stream punctuation') {
              const punctuation = given.schedule(10, 'STREAM_TIME', () => {
                act()
                punctuation.cancel()
              })
            }
            if (turn === 'wall-clock punctuation') given.schedule(10, 'WALL_CLOCK_TIME', act)
          },
          process: () => (turn === 'process' ? act() : undefined),
          close: () => (turn === 'close' ? act() : undefined),
        }
      })
      pipe('a', 'x')
      driver.advanceWallClockTime(10)
      driver.close()
      assert.equal(acted.length, Object.keys(methods).length - 1)
      assert.deepEqual(out(), ['k=late@7'])
    })
  }

  test('in init schedules and finds stores, and is refused a forward, as in Java', () => {
    const { driver } = running(() => ({
      init: (context) => {
        assert.notEqual(context.getStateStore<KeyValueStore<string, string>>('kv'), undefined)
        context.schedule(10, 'STREAM_TIME', () => undefined)
        context.commit()
      },
      process: () => undefined,
    }))
    driver.close()
    assert.throws(
      () =>
        running(() => ({
          init: (context) => context.forward({ key: 'k', value: 'v', timestamp: 0 }),
          process: () => undefined,
        })),
      (error: Error) =>
        error.message === 'failed to initialize processor KSTREAM-PROCESSOR-0000000001' &&
        (error.cause as Error).name === 'IllegalStateException',
    )
  })

  test('knows no record before the first one', () => {
    const seen: unknown[] = []
    let context!: Context
    const { driver, pipe } = running(() => ({
      init: (given) => {
        context = given
        seen.push(given.recordMetadata())
      },
      process: () => void seen.push(context.recordMetadata()),
    }))
    seen.push(context.recordMetadata())
    pipe('a', 'x')
    const nowhere = { topic: null, partition: -1, offset: -1n }
    assert.deepEqual(seen, [nowhere, null, { topic: 'in', partition: 0, offset: 0n }])
    driver.close()
  })

  test('goes on after a record that failed', () => {
    const config = { 'processing.exception.handler': new LogAndContinueProcessingExceptionHandler() }
    const { driver, pipe, out } = running(() => {
      let context!: Context
      return {
        init: (given) => void (context = given),
        process: (record) => {
          if (record.value === 'bad') throw new RangeError('broken')
          context.forward(record)
        },
      }
    }, config)
    pipe('a', 'x')
    pipe('b', 'bad')
    pipe('c', 'y')
    assert.deepEqual(out(), ['a=x@0', 'c=y@0'])
    driver.close()
  })

  test('may forward several times, each child in its own turn', () => {
    const { driver, pipe, out } = running(() => {
      let context!: Context
      return {
        init: (given) => void (context = given),
        process: (record) => {
          context.forward(record)
          context.forward(record.withValue('again'))
        },
      }
    })
    pipe('a', 'x')
    assert.deepEqual(out(), ['a=x@0', 'a=again@0'])
    driver.close()
  })
})

describe('a processor of values keeps keys:', () => {
  type Kept = FixedKeyRecord<string, string>
  const holding = (
    act: (record: Kept, context: FixedKeyProcessorContext<string, string>, held: Kept[]) => void,
    punctuate?: (context: FixedKeyProcessorContext<string, string>, held: Kept[]) => void,
  ): Run =>
    keeping(() => {
      const held: Kept[] = []
      let context!: FixedKeyProcessorContext<string, string>
      return {
        init: (given) => {
          context = given
          given.schedule(10, 'WALL_CLOCK_TIME', () => punctuate?.(given, held))
        },
        process: (record) => act(record, context, held),
      }
    })

  test('a record held back comes out under its own key, in a later turn and in a punctuation', () => {
    const { driver, pipe, out } = holding(
      (record, context, held) => {
        for (const each of held.splice(0))
          context.forward(each.withValue('held').withTimestamp(5).withHeaders({}))
        held.push(record)
      },
      (context, held) => held.forEach((each) => context.forward(each)),
    )
    pipe('a', 'x', 1)
    pipe('b', 'y', 2)
    driver.advanceWallClockTime(10)
    assert.deepEqual(out(), ['a=held@5', 'b=y@2'])
    driver.close()
  })

  test('an object of the same key is a record, also where the key is an object', () => {
    const { driver, pipe, out } = holding((record, context) =>
      context.forward({ key: record.key, value: 'new', timestamp: 3 }),
    )
    pipe('a', 'x')
    assert.deepEqual(out(), ['a=new@3'])
    driver.close()
    const builder = new StreamsBuilder()
    const keys = Serdes.json<{ id: number }>()
    builder
      .stream('in', Consumed.with(keys, Serdes.string()))
      .processValues<string>(() => {
        let context!: FixedKeyProcessorContext<{ id: number }, string>
        return {
          init: (given) => void (context = given),
          process: ({ key, timestamp }) => context.forward({ key: { ...key }, value: 'new', timestamp }),
        }
      })
      .to('out', Produced.with(keys, Serdes.string()))
    using second = new TopologyTestDriver(builder.build(), {}, 0)
    second.createInputTopic('in', keys, Serdes.string()).pipeInput({ id: 1 }, 'x', 0)
    assert.deepEqual(second.createOutputTopic('out', keys, Serdes.string()).readKeyValue().key, { id: 1 })
  })

  test('another key is refused', () => {
    const { driver, pipe, out } = holding((_record, context) =>
      context.forward({ key: 'other', value: 'new', timestamp: 3 }),
    )
    assert.throws(
      () => pipe('a', 'x'),
      (error: Error) =>
        (error.cause as Error).message ===
        "Processor KSTREAM-PROCESSVALUES-0000000001 keeps keys: it forwarded key 'other' for a record of key 'a'. " +
          'Use process() to change keys.',
    )
    assert.deepEqual(out(), [])
    driver.close()
  })

  test('a punctuation has no key to give to a record it makes up', () => {
    const { driver, pipe, out } = holding(
      () => undefined,
      (context) => context.forward({ key: 'a', value: 'new', timestamp: 3 }),
    )
    pipe('a', 'x')
    assert.throws(
      () => driver.advanceWallClockTime(10),
      (error: Error) => /keeps keys: outside process\(\)/.test((error.cause as Error).message),
    )
    assert.deepEqual(out(), [])
    driver.close()
  })
})

test('a transformer of a table gives its value by returning it', () => {
  const builder = new StreamsBuilder()
  builder.table('in', strings()).transformValues<string>(() => {
    let context!: { forward?(record: object): void }
    return {
      init: (given) => void (context = given as never),
      transform: (key, value) => {
        context.forward?.({ key, value, timestamp: 0 })
        return value
      },
    }
  })
  using driver = new TopologyTestDriver(builder.build(), {}, 0)
  assert.throws(
    () => driver.createInputTopic('in', Serdes.string(), Serdes.string()).pipeInput('a', 'x', 0),
    (error: Error) => (error.cause as Error).message.startsWith('ProcessorContext#forward() not supported'),
  )
})
