import { writeSync } from 'node:fs'
import { pino, type Logger } from 'pino'

const STANDARD_OUTPUT = 1

/**
 * The log: one JSON object per line on standard output, with connector and task where a line is about one.
 * Written synchronously, so that a process that dies has told why.
 *
 * @param options.mask hides secrets; every line passes it.
 */
export function createLogger(options: { level: string; mask?: (line: string) => string }): Logger {
  const mask = options.mask ?? ((line: string): string => line)
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => writeAll(mask(line)) },
  )
}

/** A pipe takes what it has room for: the rest is written again, and a full one is waited for. */
function writeAll(line: string): void {
  let left = Buffer.from(line)
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(STANDARD_OUTPUT, left))
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      // Nobody reads the log any more: that must not end the work.
      if (code === 'EPIPE') return
      if (code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}
