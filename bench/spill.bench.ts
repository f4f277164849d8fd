/**
 * The spill buffer alone: 1,000,000 records of 190 B over some number of open files under 64 MiB of memory, then every
 * file read back in order. Each case runs in a process of its own, so that peak RSS is that of the case.
 *
 * node --conditions=development bench/spill.bench.ts [open files ...]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ByteBudget, type FileBuffer, openSpillBuffer } from '@spillway/framework'

const RECORDS = 1_000_000
const RECORD_BYTES = 190
const MIB = 1024 * 1024

interface Result {
  readonly appendSeconds: number
  readonly appendCpuSeconds: number
  readonly readSeconds: number
  readonly spilledMib: number
  readonly idleRssMib: number
  readonly appendRssMib: number
  readonly peakRssMib: number
}

const runCase = process.env['SPILL_BENCH_CASE']
if (runCase !== undefined) process.stdout.write(JSON.stringify(await run(Number(runCase))))
else report(process.argv.slice(2).map(Number))

function report(counts: readonly number[]): void {
  const cases = counts.length === 0 ? [1, 100, 1000, 10_000, 40_000] : counts
  console.log(
    'open files | append rec/s | append CPU-s | spilled MiB | read back MiB/s | RSS idle, appending, peak MiB',
  )
  for (const files of cases) {
    const child = spawnSync(process.execPath, [...process.execArgv, import.meta.filename], {
      env: { ...process.env, SPILL_BENCH_CASE: String(files) },
      encoding: 'utf8',
    })
    if (child.status !== 0) throw new Error(child.stderr)
    const result = JSON.parse(child.stdout) as Result
    const cells = [
      String(files).padStart(10),
      Math.round(RECORDS / result.appendSeconds)
        .toLocaleString('en')
        .padStart(12),
      result.appendCpuSeconds.toFixed(2).padStart(12),
      result.spilledMib.toFixed(0).padStart(11),
      ((RECORDS * RECORD_BYTES) / MIB / result.readSeconds).toFixed(0).padStart(15),
      `${result.idleRssMib}, ${result.appendRssMib}, ${result.peakRssMib}`,
    ]
    console.log(cells.join(' | '))
  }
}

async function run(files: number): Promise<Result> {
  const idleRssMib = rssMib()
  const directory = mkdtempSync(join(tmpdir(), 'spillway-bench-'))
  const buffer = openSpillBuffer({
    directory,
    memory: new ByteBudget(64 * MIB),
    disk: new ByteBudget(4096 * MIB),
  })
  try {
    const open = Array.from({ length: files }, () => buffer.openFile())
    const batch = Buffer.alloc(RECORD_BYTES * 1000, 'x')
    const records = Array.from({ length: 1000 }, (_, i) =>
      batch.subarray(i * RECORD_BYTES, (i + 1) * RECORD_BYTES - 1),
    )
    const newline = Buffer.from('\n')
    const cpu = process.cpuUsage()
    const from = performance.now()
    let state = 1
    for (let i = 0; i < RECORDS; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      open[state % files]?.append(records[i % 1000] as Buffer, newline)
    }
    const appended = performance.now()
    const { user, system } = process.cpuUsage(cpu)
    const appendRssMib = rssMib()
    await readBack(open)
    const read = performance.now()
    return {
      appendSeconds: (appended - from) / 1000,
      appendCpuSeconds: (user + system) / 1e6,
      readSeconds: (read - appended) / 1000,
      spilledMib: buffer.spilledBytes / MIB,
      idleRssMib,
      appendRssMib,
      peakRssMib: Math.round(process.resourceUsage().maxRSS / 1024),
    }
  } finally {
    buffer.close()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function readBack(open: readonly FileBuffer[]): Promise<void> {
  let bytes = 0
  for (const file of open) {
    for await (const piece of file.read()) bytes += piece.length
    file.release()
  }
  if (bytes !== RECORDS * RECORD_BYTES) throw new Error(`${bytes} bytes came back`)
}

function rssMib(): number {
  return Math.round(process.memoryUsage.rss() / MIB)
}
