import type { FieldPath, NOT_AN_OBJECT, NO_SUCH_FIELD } from './field-path.ts'
import { jsonPath } from './json-path.ts'

/** One element of `partition.by`, as it is written. */
export type PartitionElement =
  | { readonly kind: 'time'; readonly name: string; readonly pattern: string | undefined }
  | { readonly kind: 'value' | 'key'; readonly name: string; readonly path: FieldPath | undefined }
  | { readonly kind: 'header'; readonly name: string; readonly header: string }
  | { readonly kind: 'topic' | 'partition'; readonly name: string }
  | { readonly kind: 'const'; readonly name: string; readonly text: string }

const ELEMENT = /^(?:([A-Za-z0-9_.-]*)=)?(time|value|key|header|topic|partition|const)(?::(.*))?$/s

export const ELEMENT_SYNTAX =
  '[name=]time[:pattern], [name=]value:path, [name=]key[:path], [name=]header:name, [name=]topic, [name=]partition, [name=]const:text'

/**
 * Reads one element of `partition.by`: `[name=]source[:argument]`. The name is what stands before `=` in the path;
 * without it fields and headers go by their own name, and an empty one (`=value:country`) leaves the value bare.
 *
 * @throws {RangeError} saying what is wrong and what can be written.
 */
export function partitionElement(text: string): PartitionElement {
  const match = ELEMENT.exec(text)
  if (match === null) throw new RangeError(`'${text}' is not an element; write ${ELEMENT_SYNTAX}`)
  const given = match[1]
  const argument = match[3]
  const kind = match[2] as PartitionElement['kind']
  switch (kind) {
    case 'time':
      return { kind, name: given ?? '', pattern: argument }
    case 'value': {
      if (argument === undefined || argument === '')
        throw new RangeError(`'${text}' lacks a path: value:country`)
      const path = jsonPath(argument)
      return { kind, name: given ?? path.segments.join('.'), path }
    }
    case 'key': {
      const path = argument === undefined ? undefined : jsonPath(argument)
      return { kind, name: given ?? path?.segments.join('.') ?? 'key', path }
    }
    case 'header':
      if (argument === undefined || argument === '')
        throw new RangeError(`'${text}' lacks a header: header:tenant`)
      return { kind, name: given ?? argument, header: argument }
    case 'topic':
    case 'partition':
      return { kind, name: given ?? kind }
    case 'const':
      if (argument === undefined || argument === '')
        throw new RangeError(`'${text}' lacks its text: const:raw`)
      return { kind, name: given ?? '', text: argument }
  }
}

/** The value at the path below a root; {@link NOT_AN_OBJECT} where it leads through a scalar. */
export function valueAt(
  root: unknown,
  path: FieldPath | undefined,
): { readonly value: unknown } | typeof NOT_AN_OBJECT | typeof NO_SUCH_FIELD {
  return path === undefined ? { value: root } : path.find(root ?? null)
}
