import { ConfigError, type SinkTaskContext } from '@spillway/api'
import type { SinkSetup } from '../settings/sink-setup.ts'
import type { StoreRetrier } from '../upload/store-retrier.ts'
import { hasConditionalWrites } from './conditional-writes.ts'

/**
 * Whether partitions are claimed and written as chains. Where a replay repeats every rotation that is not needed:
 * objects are replaced by their twins. What is given up is said.
 *
 * @throws {ConfigError} where it is asked for and the store cannot do it.
 */
export async function decideChaining(
  setup: SinkSetup,
  retrier: StoreRetrier,
  context: SinkTaskContext,
  signal: AbortSignal,
): Promise<boolean> {
  const { mode, isReplayable, goesByWallClock } = setup.exactlyOnce
  if (mode === 'off' || (mode === 'auto' && isReplayable && !goesByWallClock)) {
    if (!isReplayable) context.logger.warn(`exactly.once=off: ${AT_LEAST_ONCE}`)
    return false
  }
  if (goesByWallClock) {
    context.logger.warn(
      'timestamp.extractor=Wallclock puts a record that is read again into another directory than the first time: ' +
        `${AT_LEAST_ONCE} Record or RecordField would not.`,
    )
    if (mode === 'auto') return false
  }
  const key = setup.writer.naming.bookkeeping(context.connectorName, `probe-${context.taskId}`)
  if (await hasConditionalWrites(setup.store, retrier, key, signal)) return true
  if (mode === 'ledger') {
    throw new ConfigError(
      `Invalid value ledger for configuration exactly.once: ${setup.store.address} has no conditional writes ` +
        '(If-None-Match). Set it to auto or off.',
      { key: 'exactly.once' },
    )
  }
  context.logger.warn(`${setup.store.address} has no conditional writes (If-None-Match): ${AT_LEAST_ONCE}`)
  return false
}

const AT_LEAST_ONCE =
  'records that were written but not committed when a task ends are written again (at-least-once).'
