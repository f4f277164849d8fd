import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { request, type RequestOptions } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { after, suite, test, type TestContext } from 'node:test'
import { until } from '../../support/until.ts'
import { WorkerProcess } from '../../support/worker-process.ts'
import { CertificateAuthority, type Identity } from '../../support/certificate-authority.ts'

const folder = mkdtempSync(join(tmpdir(), 'spillway-listeners-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const authority = new CertificateAuthority('Test authority')
const server = authority.issue('worker')

async function start(t: TestContext, config: Record<string, string>): Promise<WorkerProcess> {
  const worker = WorkerProcess.spawn({ config })
  t.after(async () => await worker.dispose())
  return worker
}

/** The first address that the worker's log tells after these words. */
async function addressAfter(worker: WorkerProcess, words: string): Promise<string> {
  let address: string | undefined
  await until(words, () => {
    address = new RegExp(`${words} (https?://[\\d.]+:\\d+)`).exec(worker.output())?.[1]
    return address !== undefined
  })
  return address ?? ''
}

async function get(url: string, options: RequestOptions = {}): Promise<{ status: number; body: string }> {
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    request(url, { ca: authority.certificate, ...options }, resolve)
      .on('error', reject)
      .end()
  })
  return { status: response.statusCode ?? 0, body: await text(response) }
}

const keyStore = ({ certificate, key }: Identity): Record<string, string> => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.certificate.chain': certificate,
  'ssl.keystore.key': key,
})

suite('listeners', () => {
  test('plain and TLS listeners serve the same API side by side', async (t) => {
    const worker = await start(t, {
      listeners: 'http://127.0.0.1:0,https://127.0.0.1:0',
      ...keyStore(server),
    })
    const plain = await addressAfter(worker, 'REST API on')
    const secure = await addressAfter(worker, 'REST API also on')
    assert.ok(plain.startsWith('http:') && secure.startsWith('https:'))
    const info = await (await fetch(plain)).json()
    assert.deepEqual(JSON.parse((await get(secure)).body), info)
    await assert.rejects(get(secure, { ca: [] }), /self-signed|unable to/)
    assert.equal(await worker.stop(), 0)
  })

  test('ssl.client.auth=required turns away who has no certificate of a trusted authority', async (t) => {
    const location = join(folder, 'server.pem')
    writeFileSync(location, server.certificate + server.key)
    const worker = await start(t, {
      listeners: 'https://127.0.0.1:0',
      'listeners.https.ssl.keystore.type': 'PEM',
      'listeners.https.ssl.keystore.location': location,
      'listeners.https.ssl.truststore.type': 'PEM',
      'listeners.https.ssl.truststore.certificates': authority.certificate,
      'listeners.https.ssl.client.auth': 'required',
    })
    const url = await addressAfter(worker, 'REST API on')
    const known = authority.issue('operator')
    const unknown = new CertificateAuthority('Another').issue('operator')
    assert.equal((await get(url, { cert: known.certificate, key: known.key })).status, 200)
    await assert.rejects(get(url))
    await assert.rejects(get(url, { cert: unknown.certificate, key: unknown.key }))
  })

  test('a Java key store is refused at the start, with what to do', async (t) => {
    const worker = await start(t, {
      listeners: 'https://127.0.0.1:0',
      'ssl.keystore.location': '/etc/worker.jks',
      'ssl.keystore.password': 'changeit',
    })
    assert.equal(await worker.exit, 1)
    assert.match(worker.output(), /JKS store cannot be read.*ssl\.keystore\.type=PEM/)
  })
})

suite('users', () => {
  const extension = 'org.apache.kafka.connect.rest.basic.auth.extension.BasicAuthSecurityRestExtension'

  test('with users every request needs one; a read-only one changes nothing', async (t) => {
    const users = join(folder, 'users')
    writeFileSync(users, 'admin=secret\nviewer=see\n')
    const worker = await start(t, {
      'rest.extension.classes': extension,
      'rest.basic.auth.users.file': users,
      'rest.read.only.users': 'viewer',
    })
    const url = await addressAfter(worker, 'REST API on')
    const ask = async (method: string, path: string, user?: string): Promise<[number, string]> => {
      const headers: Record<string, string> =
        user === undefined ? {} : { authorization: `Basic ${Buffer.from(user).toString('base64')}` }
      const response = await fetch(`${url}${path}`, { method, headers })
      return [response.status, await response.text()]
    }
    const refused = [401, 'User cannot access the resource.']
    assert.deepEqual(await ask('GET', '/connectors'), refused)
    assert.deepEqual(await ask('GET', '/metrics'), refused)
    assert.deepEqual(await ask('GET', '/admin/loggers', 'admin:wrong'), refused)
    assert.deepEqual(await ask('GET', '/connectors', 'viewer:see'), [200, '[]'])
    assert.equal((await ask('PUT', '/connectors/x/pause', 'viewer:see'))[0], 403)
    assert.equal((await ask('PUT', '/connectors/x/pause', 'admin:secret'))[0], 404)
    assert.ok(!worker.output().includes('secret'))
  })

  test('the extension without a users file does not leave the API open: the worker does not start', async (t) => {
    const worker = await start(t, { 'rest.extension.classes': extension })
    assert.equal(await worker.exit, 1)
    assert.match(worker.output(), /rest\.basic\.auth\.users\.file/)
  })

  test('an extension there is not is refused by name', async (t) => {
    const worker = await start(t, { 'rest.extension.classes': 'com.example.Other' })
    assert.equal(await worker.exit, 1)
    assert.match(worker.output(), /com\.example\.Other for configuration rest\.extension\.classes/)
  })
})

suite('answers', () => {
  test('A67: other origins, headers and OPTIONS by the worker configuration', async (t) => {
    const worker = await start(t, {
      'access.control.allow.origin': 'http://bar.com',
      'access.control.allow.methods': 'PUT',
      'response.http.headers.config': 'set X-Frame-Options: DENY',
    })
    const url = await addressAfter(worker, 'REST API on')
    const ask = async (method: string, headers: Record<string, string>): Promise<Headers> => {
      const response = await fetch(`${url}/connectors`, { method, headers })
      assert.equal(response.status, 200)
      return response.headers
    }
    const allowed = await ask('GET', { origin: 'http://bar.com' })
    assert.equal(allowed.get('access-control-allow-origin'), 'http://bar.com')
    assert.equal(allowed.get('x-frame-options'), 'DENY')
    assert.equal((await ask('GET', { origin: 'http://foo.com' })).get('access-control-allow-origin'), null)
    const preflight = await ask('OPTIONS', {
      origin: 'http://bar.com',
      'access-control-request-method': 'PUT',
    })
    assert.equal(preflight.get('access-control-allow-methods'), 'PUT')
    const options = await fetch(`${url}/connectors`, { method: 'OPTIONS' })
    assert.match(await options.text(), /GET.*POST.*OPTIONS/)
  })
})
