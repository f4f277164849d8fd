/** The registry client over TLS and by way of a proxy. Needs openssl, to make certificates; it fails without it. */
import assert from 'node:assert/strict'
import { createServer as createHttpServer, request } from 'node:http'
import { createServer } from 'node:https'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import type { AddressInfo, Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, it } from 'node:test'
import type { TLSSocket } from 'node:tls'

import { registryConfig } from '../../../framework/converters/src/registry/registry-config.ts'
import { SchemaRegistryClient } from '../../../framework/converters/src/registry/schema-registry-client.ts'
import { runCommand } from '../../../stack/run-command.ts'

let folder: string
const file = (name: string): string => join(folder, name)

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-tls-'))
  const make = async (name: string, subject: string): Promise<void> => {
    const args = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ]
    const names = ['-subj', `/CN=${subject}`, '-addext', `subjectAltName=DNS:${subject}`]
    await runCommand('openssl', [
      ...args,
      ...names,
      '-keyout',
      file(`${name}.key`),
      '-out',
      file(`${name}.pem`),
    ])
  }
  await make('server', 'localhost')
  await make('client', 'worker')
  const pkcs12 = ['pkcs12', '-export', '-inkey', file('client.key'), '-in', file('client.pem')]
  await runCommand('openssl', [...pkcs12, '-passout', 'pass:changeit', '-out', file('client.p12')])
})
after(() => rmSync(folder, { recursive: true, force: true }))

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function ask(settings: Record<string, string>): Promise<string> {
  const client = new SchemaRegistryClient(registryConfig.parse({ 'max.retries': '0', ...settings }))
  try {
    return (await client.byId(1)).text
  } finally {
    client.close()
  }
}

it('trusts the certificates it is given, and shows its own, as PEM and as PKCS12', async () => {
  const server = createServer(
    {
      key: readFileSync(file('server.key')),
      cert: readFileSync(file('server.pem')),
      ca: readFileSync(file('client.pem')),
      requestCert: true,
      rejectUnauthorized: false,
    },
    (message, response) => {
      response.end(JSON.stringify({ schema: String((message.socket as TLSSocket).authorized) }))
    },
  )
  const url = { 'schema.registry.url': `https://localhost:${await listening(server)}` }
  const trust = { ...url, 'schema.registry.ssl.truststore.location': file('server.pem') }
  const store = 'schema.registry.ssl.keystore'
  const pem = {
    [`${store}.certificate.chain`]: readFileSync(file('client.pem'), 'utf8'),
    [`${store}.key`]: readFileSync(file('client.key'), 'utf8'),
  }
  const pkcs12 = { [`${store}.location`]: file('client.p12'), [`${store}.password`]: 'changeit' }
  try {
    await assert.rejects(() => ask(url), /self-signed certificate/)
    assert.equal(await ask(trust), 'false')
    assert.equal(await ask({ ...trust, ...pem }), 'true')
    assert.equal(await ask({ ...trust, ...pkcs12 }), 'true')
    const byAddress = {
      ...trust,
      'schema.registry.url': url['schema.registry.url'].replace('localhost', '127.0.0.1'),
    }
    await assert.rejects(() => ask(byAddress), /does not answer.*altnames/)
    assert.equal(
      await ask({ ...byAddress, 'schema.registry.ssl.endpoint.identification.algorithm': '' }),
      'false',
    )
  } finally {
    server.closeAllConnections()
    server.close()
  }
})

it('goes by way of a proxy', async () => {
  const registry = createHttpServer((_, response) => response.end('{"schema":"by proxy"}'))
  const seen: string[] = []
  const proxy = createHttpServer((message, response) => {
    seen.push(message.url ?? '')
    request(message.url ?? '', { method: message.method ?? 'GET' }, (answer) => answer.pipe(response)).end()
  })
  const url = `http://127.0.0.1:${await listening(registry)}`
  const port = String(await listening(proxy))
  try {
    assert.equal(
      await ask({ 'schema.registry.url': url, 'proxy.host': '127.0.0.1', 'proxy.port': port }),
      'by proxy',
    )
    assert.deepEqual(seen, [`${url}/schemas/ids/1?fetchMaxId=false`])
  } finally {
    for (const server of [registry, proxy]) {
      server.closeAllConnections()
      server.close()
    }
  }
})
