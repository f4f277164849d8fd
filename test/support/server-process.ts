import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'

import { lastLines } from '../../stack/run-command.ts'

/** A server has ended while it was needed; the message tells the end of its log. */
export class ServerEndedError extends Error {
  /** True where it could not listen because its port belonged to another process by then. */
  readonly portTaken: boolean

  constructor(how: string, log: string) {
    super(`The server ${how} while it was needed; the end of its log:\n${lastLines(log, 25)}`)
    this.portTaken = /Address already in use|EADDRINUSE/.test(log)
  }
}

/**
 * Resolves to what `work` does, and rejects as soon as the server ends before that.
 *
 * @param logFile what the server writes.
 * @param work asks `assertRunning` where it waits in a loop of its own.
 * @throws ServerEndedError
 */
export async function whileRunning<T>(
  server: ChildProcess,
  logFile: string,
  work: (assertRunning: () => void) => Promise<T>,
): Promise<T> {
  const assertRunning = (): void => {
    if (!hasEnded(server)) return
    const how =
      server.signalCode === null ? `exited with ${server.exitCode}` : `was ended by ${server.signalCode}`
    throw new ServerEndedError(how, readFileSync(logFile, 'utf8'))
  }
  const watching = new AbortController()
  const ended = async (): Promise<never> => {
    if (!hasEnded(server)) await once(server, 'exit', { signal: watching.signal })
    assertRunning()
    throw new Error('The server has ended')
  }
  try {
    return await Promise.race([work(assertRunning), ended()])
  } finally {
    watching.abort()
  }
}

/** Runs `start` again, on other ports, where a port was taken between its choice and its use. */
export async function startOnFreePorts<T>(start: () => Promise<T>, tries = 3): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await start()
    } catch (error) {
      if (left <= 0 || !(error instanceof ServerEndedError && error.portTaken)) throw error
    }
  }
}

/** Kills it and resolves when it is gone. */
export async function killServer(server: ChildProcess): Promise<void> {
  if (hasEnded(server)) return
  const exit = once(server, 'exit')
  server.kill('SIGKILL')
  await exit
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}
