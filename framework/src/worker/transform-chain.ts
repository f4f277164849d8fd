import type { Predicate, Transformation } from '../connector/transformation.ts'
import type { SinkRecord } from '../data/sink-record.ts'

/** One link of a connector's transformation chain. */
export interface TransformStep {
  readonly alias: string
  readonly className: string
  readonly transformation: Transformation
  readonly predicate: Predicate | null
  readonly negate: boolean
}

/**
 * Applies one step to records that came of one consumed record; null drops, an array fans out
 * (Java: `TransformationStage`).
 */
export function applyStep(
  step: TransformStep,
  records: readonly SinkRecord[],
): readonly SinkRecord[] | Promise<readonly SinkRecord[]> {
  const [only] = records
  if (records.length === 1 && only !== undefined) {
    if (!applies(step, only)) return records
    const result = step.transformation.apply(only)
    return result instanceof Promise ? result.then(asList) : asList(result)
  }
  return applyToMany(step, records)
}

async function applyToMany(step: TransformStep, records: readonly SinkRecord[]): Promise<SinkRecord[]> {
  const out: SinkRecord[] = []
  for (const record of records) {
    if (applies(step, record)) out.push(...asList(await step.transformation.apply(record)))
    else out.push(record)
  }
  return out
}

function applies(step: TransformStep, record: SinkRecord): boolean {
  return step.predicate === null || step.predicate.test(record) !== step.negate
}

function asList(result: SinkRecord | readonly SinkRecord[] | null): readonly SinkRecord[] {
  if (result === null) return []
  return Array.isArray(result) ? (result as readonly SinkRecord[]) : [result as SinkRecord]
}
