import {
  findPlugin,
  type JobConnectorPlugin,
  jobOf,
  type JobTopology,
  NotFoundError,
  type RawConfig,
  SINKS,
} from '@spillway/api'
import type { Caller } from '../config/caller.ts'
import type { WorkerModules } from '../plugins/worker-modules.ts'
import { invalidConfig } from './written-config.ts'

/** What every herder does with connectors whose tasks read Kafka themselves. */
export class ConnectorJobs {
  readonly #modules: WorkerModules
  readonly #resolve: (config: RawConfig) => Promise<RawConfig>

  constructor(modules: WorkerModules, resolve: (config: RawConfig) => Promise<RawConfig>) {
    this.#modules = modules
    this.#resolve = resolve
  }

  /** What is a job's where the configuration names one. */
  async of(config: RawConfig): Promise<JobConnectorPlugin['job'] | undefined> {
    const className = config['connector.class'] ?? ''
    return jobOf(await findPlugin(this.#modules, SINKS, className, 'connector.class'))?.job
  }

  /**
   * What a job runs.
   *
   * @throws {NotFoundError} for a connector that is none
   */
  async topology(name: string, config: RawConfig, caller: Caller): Promise<JobTopology> {
    const resolved = caller.mayOnlyRead ? config : await this.#resolve(config)
    const job = await this.of(resolved)
    if (job === undefined)
      throw new NotFoundError(`Connector ${name} has no topology: its class is ${config['connector.class']}.`)
    return await job.topology(resolved, caller.mayOnlyRead ? this.#modules.loadedOnly() : this.#modules)
  }

  /**
   * Two jobs of one `application.id` would be one application, of two topologies.
   *
   * @param others configurations of all connectors there are, by name
   * @throws {BadRequestError} where the configuration is of a job, and another one has its group
   */
  async checkApplication(
    name: string,
    config: RawConfig,
    others: ReadonlyMap<string, RawConfig>,
  ): Promise<void> {
    const resolved = await this.#resolve(config)
    const group = (await this.of(resolved))?.groupId(name, resolved)
    if (group === undefined) return
    for (const [other, written] of others) {
      if (other === name) continue
      const theirs = await this.#resolve(written).catch(() => written)
      const job = await this.of(theirs).catch(() => undefined)
      if (job?.groupId(other, theirs) !== group) continue
      throw invalidConfig([
        `Invalid value ${group} for configuration application.id: connector ${other} is the application of that name. ` +
          'Give each an application.id of its own.',
      ])
    }
  }
}
