import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { brotliCompressSync, gzipSync } from 'node:zlib'

import { tokensFrom } from './oauth-token.ts'

test('an answer of a token endpoint that unpacks to more than any token is refused, whatever packs it', async () => {
  const bomb = Buffer.alloc(30_000_000, ' ')
  const answers: Readonly<Record<string, Buffer>> = {
    gzip: gzipSync(bomb),
    br: brotliCompressSync(bomb),
    identity: bomb,
  }
  const server = createServer((request, response) => {
    const encoding = request.url?.slice(1) ?? ''
    response.writeHead(200, { 'content-encoding': encoding }).end(answers[encoding])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    for (const encoding of Object.keys(answers)) {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${encoding}`
      await assert.rejects(tokensFrom({ url, clientId: 'c', clientSecret: 's' })(), {
        name: 'KafkaUnavailableError',
        message: /sasl\.oauthbearer\.token\.endpoint\.url.* larger than 1048576 bytes/,
      })
    }
  } finally {
    server.closeAllConnections()
    server.close()
  }
})
