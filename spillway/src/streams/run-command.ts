import { KafkaStreams } from '@spillway/streams'
import { commandLogger, untilSignal } from '@spillway/worker'
import { loadTopology } from './load-topology.ts'
import { type ConfigOptions, readStreamsConfig } from './streams-config-file.ts'

export type RunOptions = ConfigOptions & { readonly config: string }

/**
 * `spillway streams run <module> --config <file>`: runs a topology until SIGTERM or SIGINT.
 *
 * @returns exit code: 0 after it has committed and given its tasks back, 1 where it could not start or died.
 */
export async function runCommand(module: string, options: RunOptions): Promise<number> {
  // Before anything else: in a container, process 1 ignores a SIGTERM that it does not listen to.
  const stopped = untilSignal()
  const logger = commandLogger()
  const { topology, config } = await loadTopology(module, await readStreamsConfig(options))
  const streams = new KafkaStreams(topology, config, { logger })
  streams.setStateListener((state, before) => logger.info(`${before} -> ${state}`))
  const closing = stopped.then(async (signal) => {
    logger.info(`Stopping on ${signal}`)
    await streams.close()
  })
  logger.info(`Starting ${String(config['application.id'])}`)
  try {
    await streams.start()
  } catch (error) {
    // Whoever is told to stop while it starts has stopped.
    if (streams.state() === 'ERROR' || streams.state() === 'CREATED') throw error
  }
  await Promise.race([streams.ended(), closing])
  await streams.ended()
  logger.info('Stopped')
  return streams.state() === 'ERROR' ? 1 : 0
}
