/**
 * State stores through the engine's own interface: `node --conditions=development bench/state-stores.bench.ts [rows]`.
 * Prints the median of the rounds, in thousand operations per second, of each workload for each engine; then the disk engines
 * that were candidates, bare, as far as they are installed (lmdb and classic-level are no dependencies of the project).
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  MemoryStoreEngine,
  SqliteStoreEngine,
  StateMemory,
  type ChangelogRecord,
  type StoreContext,
  type StoreEngine,
} from '../transforms/streams/src/state/index.ts'
import { candidates } from './state-store-candidates.ts'

const rows = Number(process.argv[2] ?? 200_000)
/** Runs only the workloads whose name holds this. */
const only = process.argv[3] ?? ''
const rounds = 3
const commitEvery = 10_000
const keyCount = 5_000
const mebibyte = 1024 * 1024

interface Subject {
  readonly name: string
  open(stateDir: string): StoreEngine
}

const subjects: readonly Subject[] = [
  { name: 'in memory', open: () => new MemoryStoreEngine() },
  { name: 'sqlite, state fits', open: (stateDir) => new SqliteStoreEngine({ stateDir }) },
  {
    name: 'sqlite, 8 MiB bound',
    open: (stateDir) => new SqliteStoreEngine({ stateDir, memory: new StateMemory(8 * mebibyte) }),
  },
]

class Context implements StoreContext {
  readonly applicationId = 'bench'
  readonly taskId = '0_0'
  readonly records: ChangelogRecord[] = []
  currentTimestamp(): number {
    return 0
  }
  recordExpired(): void {
    throw new Error('no row of this bench expires before it is put')
  }
}

const encoder = new TextEncoder()
const keys = Array.from({ length: rows }, (_unused, i) =>
  encoder.encode(`customer-${String(i).padStart(8, '0')}`),
)
const value = encoder.encode(
  '{"id":12345678,"name":"customer","total":1234,"city":"Seoul","note":"about a hundred bytes of JSON"}',
)
const count = new Uint8Array(16)

/** A visit order without locality: a stride that is prime to the number of rows. */
function scattered(i: number, of: number): number {
  return (i * 7_919) % of
}

type Workload = (engine: StoreEngine) => { readonly operations: number; readonly run: () => number }

/** Returns what it touched, so that nothing is optimized away. */
const workloads: Readonly<Record<string, Workload>> = {
  'count: get + put, 5,000 keys': (engine) => {
    const store = engine.keyValue({ name: 'count', timestamped: true }, new Context())
    return {
      operations: rows,
      run: () => {
        let found = 0
        for (let i = 0; i < rows; i++) {
          const key = keys[scattered(i, keyCount)] as Uint8Array
          if (store.get(key) !== null) found++
          store.put(key, count.slice())
          if (i % commitEvery === commitEvery - 1) store.flush()
        }
        return found
      },
    }
  },
  'put distinct keys': (engine) => {
    const store = engine.keyValue({ name: 'distinct', timestamped: false }, new Context())
    return {
      operations: rows,
      run: () => {
        for (let i = 0; i < rows; i++) {
          store.put(keys[scattered(i, rows)] as Uint8Array, value)
          if (i % commitEvery === commitEvery - 1) store.flush()
        }
        return rows
      },
    }
  },
  'get distinct keys': (engine) => {
    const store = filled(engine)
    return {
      operations: rows,
      run: () => {
        let found = 0
        for (let i = 0; i < rows; i++) if (store.get(keys[scattered(i, rows)] as Uint8Array) !== null) found++
        return found
      },
    }
  },
  'range of 10 rows': (engine) => {
    const store = filled(engine)
    const ranges = Math.floor(rows / 20)
    return {
      operations: ranges,
      run: () => {
        let found = 0
        for (let i = 0; i < ranges; i++) {
          const at = scattered(i, rows - 10)
          const range = store.range(keys[at] as Uint8Array, keys[at + 9] as Uint8Array)
          while (range.next().done !== true) found++
        }
        return found
      },
    }
  },
  'all rows': (engine) => {
    const store = filled(engine)
    return {
      operations: rows,
      run: () => {
        let found = 0
        for (const row of store.all()) found += row.value.length > 0 ? 1 : 0
        return found
      },
    }
  },
  '1 min tumbling: fetch + put': (engine) => {
    const spec = {
      retentionMs: 120_000,
      windowSizeMs: 60_000,
      retainDuplicates: false,
      timeOrdered: false,
    } as const
    const store = engine.window({ name: 'tumbling', timestamped: true, ...spec }, new Context())
    return {
      operations: rows,
      run: () => {
        let found = 0
        for (let i = 0; i < rows; i++) {
          const key = keys[scattered(i, keyCount)] as Uint8Array
          const windowStart = Math.floor(i / 60_000) * 60_000
          if (store.fetch(key, windowStart) !== null) found++
          store.put(key, count.slice(), windowStart)
          if (i % commitEvery === commitEvery - 1) store.flush()
        }
        return found
      },
    }
  },
  '10 s join: put + visit the other side': (engine) => {
    const spec = {
      retentionMs: 20_000,
      windowSizeMs: 20_000,
      retainDuplicates: true,
      timeOrdered: false,
    } as const
    const sides = ['left', 'right'].map((name) =>
      engine.window({ name, timestamped: false, ...spec }, new Context()),
    )
    return {
      operations: rows,
      run: () => {
        let found = 0
        const visitor = {
          visitRow: (_windowStart: number, row: Uint8Array): boolean => (found += row.length) > 0,
        }
        for (let i = 0; i < rows; i++) {
          // Each key comes on both sides.
          const key = keys[scattered(i >> 1, keyCount)] as Uint8Array
          sides[i & 1]?.put(key, value, i)
          sides[1 - (i & 1)]?.visit(key, Math.max(0, i - 10_000), i + 10_000, visitor)
          if (i % commitEvery === commitEvery - 1) for (const side of sides) side.flush()
        }
        return found
      },
    }
  },
  'restore + flush': (engine) => {
    const store = engine.keyValue({ name: 'restored', timestamped: false }, new Context())
    const records = keys.map((key) => ({ key, value, timestamp: 0 }))
    return {
      operations: rows,
      run: () => {
        store.restore(records)
        store.flush()
        return rows
      },
    }
  },
}

function filled(engine: StoreEngine): ReturnType<StoreEngine['keyValue']> {
  const store = engine.keyValue({ name: 'filled', timestamped: false }, new Context())
  for (let i = 0; i < rows; i++) store.put(keys[scattered(i, rows)] as Uint8Array, value)
  store.flush()
  // The first range read builds the order of an in-memory store; it is no part of the later ones.
  store.range(keys[0] as Uint8Array, keys[0] as Uint8Array).next()
  return store
}

function measure(subject: Subject, workload: Workload): number {
  const stateDir = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
  const engine = subject.open(stateDir)
  try {
    const { operations, run } = workload(engine)
    const begin = process.hrtime.bigint()
    const touched = run()
    const milliseconds = Number(process.hrtime.bigint() - begin) / 1e6
    if (touched === 0) throw new Error('the workload touched nothing')
    return operations / milliseconds
  } finally {
    engine.close()
    rmSync(stateDir, { recursive: true })
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number
}

console.log(
  `${rows} rows, keys of 17 B, values of ${value.length} B, commit every ${commitEvery}; median of ${rounds}; k/s`,
)
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model}\n`)
console.log(''.padEnd(40) + subjects.map(({ name }) => name.padStart(22)).join(''))
for (const [name, workload] of Object.entries(workloads).filter(([name]) => name.includes(only))) {
  const figures = subjects.map(() => [] as number[])
  // Interleaved, so that a busy moment of the machine does not meet one engine alone.
  for (let round = 0; round < rounds; round++) {
    subjects.forEach((subject, i) => figures[i]?.push(measure(subject, workload)))
  }
  console.log(name.padEnd(40) + figures.map((each) => median(each).toFixed(0).padStart(22)).join(''))
}

console.log('\nDisk engines bare, one transaction per 1,000 puts; k/s')
const bareRows = Math.min(rows, 200_000)
const operations = ['put scattered keys', 'overwrite', 'get', 'range of 10 rows', 'all rows'] as const
console.log(''.padEnd(40) + operations.map((name) => name.padStart(20)).join(''))
for (const candidate of candidates) {
  const figures = operations.map(() => [] as number[])
  let missing = ''
  for (let round = 0; round < rounds && missing === ''; round++) {
    const stateDir = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
    try {
      const opened = await candidate.open(stateDir)
      if (opened === null) {
        missing = 'not installed'
        break
      }
      const order = Array.from(
        { length: bareRows },
        (_unused, i) => keys[scattered(i, bareRows)] as Uint8Array,
      )
      const timed = async (at: number, times: number, body: () => void | Promise<void>): Promise<void> => {
        const begin = process.hrtime.bigint()
        await body()
        figures[at]?.push(times / (Number(process.hrtime.bigint() - begin) / 1e6))
      }
      for (const at of [0, 1]) {
        await timed(at, bareRows, async () => {
          for (let i = 0; i < bareRows; i += 1_000) await opened.write(order.slice(i, i + 1_000), value)
        })
      }
      await timed(2, bareRows, () => {
        for (const key of order)
          if (opened.get(key)?.length !== value.length) throw new Error('row not found')
      })
      await timed(3, 5_000, async () => {
        for (let i = 0; i < 5_000; i++) {
          const at = scattered(i, bareRows - 10)
          const found = await opened.range(keys[at] as Uint8Array, keys[at + 9] as Uint8Array)
          if (found !== 10) throw new Error(`${found} rows`)
        }
      })
      await timed(4, bareRows, async () => {
        const found = await opened.range(keys[0] as Uint8Array, keys[bareRows - 1] as Uint8Array)
        if (found !== bareRows) throw new Error(`${found} rows`)
      })
      await opened.close()
    } finally {
      rmSync(stateDir, { recursive: true })
    }
  }
  const shown =
    missing === '' ? figures.map((each) => median(each).toFixed(0).padStart(20)).join('') : `  ${missing}`
  console.log(candidate.name.padEnd(40) + shown)
}
