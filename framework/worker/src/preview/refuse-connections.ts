import { Socket as DatagramSocket } from 'node:dgram'
import { Socket } from 'node:net'
import { ConnectError } from '@spillway/api'

/**
 * From now on no socket of this thread connects. HTTP, TLS, `fetch` and drivers all end in these functions. In a
 * preview for a user who may only read, plugins of any origin work on a configuration that this user has made up.
 */
export function refuseConnections(): void {
  Socket.prototype.connect = function (this: Socket): Socket {
    process.nextTick(() => this.destroy(refusal()))
    return this
  }
  const refuse = (): never => {
    throw refusal()
  }
  DatagramSocket.prototype.connect = refuse
  DatagramSocket.prototype.send = refuse
  DatagramSocket.prototype.bind = refuse
}

function refusal(): ConnectError {
  return new ConnectError('No connection is made for users who may only read (rest.read.only.users).')
}
