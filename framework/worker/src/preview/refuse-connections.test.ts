import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'

test('no socket of the thread connects, by whatever it is made', async () => {
  let connections = 0
  const server = createServer((_request, reply) => void reply.end('hello'))
  server.on('connection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const module = new URL('./refuse-connections.ts', import.meta.url).href
  const thread = new Worker(
    `(async () => {
      const { refuseConnections } = await import(${JSON.stringify(module)})
      refuseConnections()
      const { parentPort } = await import('node:worker_threads')
      const [net, tls, http, https, http2, dgram] = await Promise.all(
        ['net', 'tls', 'http', 'https', 'http2', 'dgram'].map((name) => import('node:' + name)))
      const port = ${port}, host = '127.0.0.1'
      const failure = (emitter) => new Promise((resolve) => emitter.on('error', resolve).on('connect', () => resolve('connected')))
      const datagrams = async (use) => { try { use(dgram.createSocket('udp4')) } catch (error) { return error } }
      const made = {
        net: failure(net.connect(port, host)),
        socket: failure(new net.Socket().connect({ port, host })),
        tls: failure(tls.connect(port, host)),
        http: failure(http.get({ port, host })),
        https: failure(https.get({ port, host })),
        http2: new Promise((resolve) => http2.connect('http://127.0.0.1:' + port).on('error', resolve)),
        fetch: fetch('http://127.0.0.1:' + port).catch((error) => error.cause),
        send: datagrams((socket) => socket.send('x', port, host)),
        connect: datagrams((socket) => socket.connect(port, host)),
      }
      const told = {}
      for (const [name, failed] of Object.entries(made)) told[name] = String(await failed)
      parentPort.postMessage(told)
    })()`,
    { eval: true, execArgv: ['--conditions=development'] },
  )
  try {
    const [told] = (await once(thread, 'message')) as [Record<string, string>]
    assert.equal(Object.keys(told).length, 9)
    for (const [name, failure] of Object.entries(told)) assert.match(failure, /No connection is made/, name)
    assert.equal(connections, 0)
  } finally {
    await thread.terminate()
    server.close()
  }
})
