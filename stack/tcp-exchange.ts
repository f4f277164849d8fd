import { connect } from 'node:net'

import { LOOPBACK } from './ports.ts'

/**
 * Connects to a loopback port, sends `request` and resolves to what comes back once `isEnough` holds, or to undefined
 * when the connection fails, ends or stays silent: for a health check these are one answer, "not yet".
 */
export function tcpExchange(
  port: number,
  request: Uint8Array,
  isEnough: (reply: Buffer) => boolean,
  timeoutMs = 2000,
): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    let reply = Buffer.alloc(0)
    const socket = connect({ host: LOOPBACK, port })
    const finish = (result: Buffer | undefined): void => {
      socket.destroy()
      resolve(result)
    }
    socket.setTimeout(timeoutMs, () => finish(undefined))
    socket.on('error', () => finish(undefined))
    socket.on('close', () => finish(undefined))
    socket.on('connect', () => socket.write(request))
    socket.on('data', (chunk) => {
      reply = Buffer.concat([reply, chunk])
      if (isEnough(reply)) finish(reply)
    })
  })
}
