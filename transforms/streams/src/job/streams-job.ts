import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Admin, ConfigProblem, JobConnectorPlugin, RawConfig, SinkConnector } from '@spillway/api'
import { streamsJobConfig } from './job-config.ts'
import { applicationIdOf, stateFolderOf } from './job-identity.ts'

/** As many tasks as the configuration allows: the group shares the topology out among them. */
class StreamsJobConnector implements SinkConnector {
  #config: RawConfig = {}

  async start(config: RawConfig): Promise<void> {
    this.#config = config
  }

  async taskConfigs(maxTasks: number): Promise<RawConfig[]> {
    return Array.from({ length: maxTasks }, () => ({ ...this.#config }))
  }

  async stop(): Promise<void> {}
}

/**
 * A topology that the worker runs: `"connector.class": "StreamsJob"`. Each of its tasks is a stream thread in a thread of the worker.
 * The engine itself is loaded where a job is checked or run, and not before.
 */
export const streamsJob: JobConnectorPlugin = {
  kind: 'sink',
  className: 'StreamsJob',
  aliases: ['StreamsJobConnector'],
  doc: 'Runs a topology of streams: reads, processes and writes topics, with state.',
  config: streamsJobConfig,
  create: () => new StreamsJobConnector(),
  createTask: async () => new (await import('./streams-job-task.ts')).StreamsJobTask(),
  validate: async (config, _signal, modules) => {
    if ((config['topology.module'] ?? '').trim() === '') return []
    const { loadJob } = await import('./load-job.ts')
    return await loadJob(modules, config).then(
      () => [],
      (error: unknown) => [problemOf(error)],
    )
  },
  job: {
    groupId: applicationIdOf,
    isInternal: (name, config, topic) => isInternal(applicationIdOf(name, config), topic),
    topology: async (config, modules) => {
      const [{ loadJob }, { jobTopology }] = await Promise.all([
        import('./load-job.ts'),
        import('./job-topology.ts'),
      ])
      const { topology } = await loadJob(modules, config)
      return jobTopology(topology.describe())
    },
    reset: async (name, config, admin) => {
      await deleteTopics(admin, applicationIdOf(name, config))
      await deleteState(name, config)
    },
  },
}

/** The key that an error names, or else the module's. */
function problemOf(error: unknown): ConfigProblem {
  const { message } = error as Error
  const key = /for configuration ([\w.-]+)/.exec(message)?.[1] ?? 'topology.module'
  return { key, message: key === 'topology.module' ? `topology.module: ${message}` : message }
}

function isInternal(applicationId: string, topic: string): boolean {
  return topic.startsWith(`${applicationId}-`) && /-(?:repartition|changelog)$/.test(topic)
}

async function deleteTopics(admin: Admin, applicationId: string): Promise<void> {
  const topics = (await admin.listTopics()).filter((topic) => isInternal(applicationId, topic))
  if (topics.length > 0) await admin.deleteTopics(topics)
}

/** Of this machine: others find that their state does not fit the new topics, and delete it themselves. */
async function deleteState(connectorName: string, config: RawConfig): Promise<void> {
  const folder = stateFolderOf(config)
  const prefix = `${encodeURIComponent(connectorName)}-`
  const entries = await readdir(folder).catch(() => [])
  for (const entry of entries)
    if (entry.startsWith(prefix) && /^\d+$/.test(entry.slice(prefix.length)))
      await rm(join(folder, entry), { recursive: true, force: true })
}
