import type { NodeContext } from '../context/node-context.ts'
import type { BufferedContext } from '../stores/record-context-format.ts'

/** The origin of the current record, to be kept with a buffered one. */
export function captureContext(context: NodeContext): BufferedContext {
  const { timestamp, offset, topic, partition, headers } = context.task
  return { timestamp, offset, topic, partition, headers: headers.copy() }
}

/** Runs with a buffered record as the current one, as if it had only now come in. */
export function withBufferedContext(context: NodeContext, buffered: BufferedContext, run: () => void): void {
  const { task } = context
  const { timestamp, offset, topic, partition, headers, rawKey, rawValue } = task
  task.setRecord({ ...buffered, rawKey: null, rawValue: null })
  try {
    run()
  } finally {
    task.setRecord({ timestamp, offset, topic, partition, headers, rawKey, rawValue })
  }
}
