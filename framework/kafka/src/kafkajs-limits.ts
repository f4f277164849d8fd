import { ConfigError, type ConsumerOptions } from '@spillway/api'

/**
 * Settings that kafkajs has no requests for. Stands outside of its entry: configurations are checked where it is not
 * loaded.
 *
 * @throws {ConfigError} naming the key
 */
export function refuseForKafkajs({
  groupInstanceId,
}: Pick<Partial<ConsumerOptions>, 'groupInstanceId'>): void {
  if (groupInstanceId === undefined) return
  throw new ConfigError(
    'group.instance.id: kafkajs has no static members; leave it out, or use kafka.client=platformatic',
    { key: 'group.instance.id' },
  )
}
