import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { fastify } from 'fastify'
import type { Herder } from '../connector/herder.ts'
import { registerHealth } from './health-resource.ts'

async function healthOf(
  herder: Pick<Herder, 'isReady' | 'checkHealth'>,
): Promise<{ readonly code: number; readonly status: string; readonly message: string }> {
  const app = fastify()
  registerHealth(app, herder as Herder, 50)
  const reply = await app.inject('/health')
  await app.close()
  return { code: reply.statusCode, ...reply.json<{ status: string; message: string }>() }
}

suite('GET /health', () => {
  test('A68: 503 starting until the worker is ready; nobody is asked', async () => {
    const checkHealth = async (): Promise<void> => {
      throw new Error('not asked')
    }
    assert.deepEqual(await healthOf({ isReady: false, checkHealth }), {
      code: 503,
      status: 'starting',
      message: 'Worker is still starting up.',
    })
  })

  test('A68: 200 healthy where the herder gets through', async () => {
    const { code, status } = await healthOf({ isReady: true, checkHealth: async () => {} })
    assert.deepEqual([code, status], [200, 'healthy'])
  })

  test('A68: 500 unhealthy where the herder is stuck, after the time that a request has', async () => {
    const { code, status, message } = await healthOf({
      isReady: true,
      checkHealth: async () => await new Promise<never>(() => undefined),
    })
    assert.deepEqual([code, status], [500, 'unhealthy'])
    assert.match(
      message,
      /^Worker was unable to handle this request and may be .* other requests\. .* in 50 ms/,
    )
  })

  test('500 unhealthy with the reason where the cluster cannot be reached', async () => {
    const { code, message } = await healthOf({
      isReady: true,
      checkHealth: async () => {
        throw new Error('no broker answers')
      },
    })
    assert.equal(code, 500)
    assert.match(message, /no broker answers$/)
  })
})
