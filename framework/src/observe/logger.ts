import { pino, type Logger } from 'pino'

/**
 * The log: one JSON object per line on standard output, with connector and task where a line is about one.
 * Written synchronously, so that a process that dies has told why.
 */
export function createLogger(options: { level: string }): Logger {
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    pino.destination({ dest: 1, sync: true }),
  )
}
