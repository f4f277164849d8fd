import { type Predicate, type SinkRecord, SlowRegexError, type Transformation } from '@spillway/api'

/** One link of a connector's transformation chain. */
export interface TransformStep {
  readonly alias: string
  /** What stands before the keys of the transformation. */
  readonly prefix: string
  readonly className: string
  readonly transformation: Transformation
  readonly predicate: Predicate | null
  readonly predicateAlias: string | null
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
    const result = transformed(step, only)
    return result instanceof Promise ? result.then(asList) : asList(result)
  }
  return applyToMany(step, records)
}

async function applyToMany(step: TransformStep, records: readonly SinkRecord[]): Promise<SinkRecord[]> {
  const out: SinkRecord[] = []
  for (const record of records) {
    if (applies(step, record)) out.push(...asList(await transformed(step, record)))
    else out.push(record)
  }
  return out
}

function applies(step: TransformStep, record: SinkRecord): boolean {
  if (step.predicate === null) return true
  try {
    return step.predicate.test(record) !== step.negate
  } catch (error) {
    throw withWholeKey(error, `predicates.${step.predicateAlias}.`)
  }
}

function transformed(step: TransformStep, record: SinkRecord): ReturnType<Transformation['apply']> {
  try {
    return step.transformation.apply(record)
  } catch (error) {
    throw withWholeKey(error, step.prefix)
  }
}

function withWholeKey(error: unknown, prefix: string): unknown {
  return error instanceof SlowRegexError ? error.below(prefix) : error
}

function asList(result: SinkRecord | readonly SinkRecord[] | null): readonly SinkRecord[] {
  if (result === null) return []
  return Array.isArray(result) ? (result as readonly SinkRecord[]) : [result as SinkRecord]
}
