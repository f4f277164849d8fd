import { kafkaConnectTarget } from './kafka-connect.ts'
import { spillwayTarget } from './spillway.ts'
import { until } from '../../../support/until.ts'
import { rest } from './rest.ts'
import type { ConformanceWorker, Target, WorkerSpec } from './target.ts'

/** The runtime that this run of the suite is pointed at: SPILLWAY_CONFORMANCE_TARGET, or Spillway. */
export const target: Target =
  process.env['SPILLWAY_CONFORMANCE_TARGET'] === 'kafka-connect' ? kafkaConnectTarget : spillwayTarget

/** Starts a worker and waits until it serves requests. */
export async function startWorker(spec: WorkerSpec = {}): Promise<ConformanceWorker> {
  const worker = await target.spawn(spec)
  await worker.ready()
  await until('the worker is healthy', async () => (await rest(worker, 'GET', '/health')).status === 200)
  return worker
}
