import { DataError } from '@spillway/api'
import { parseJsonExactly } from '../json/json-text.ts'

/** One schema of a document: an object of keywords. True and false are schemas too. */
export type JsonSchemaNode = Readonly<Record<string, unknown>>

/** Where a schema stands: the document it is part of decides what its references mean. */
export interface Located {
  readonly node: JsonSchemaNode
  readonly document: JsonSchemaNode
}

/** JSON Schema documents that may refer to each other. */
export class JsonSchemaDocuments {
  readonly #byName = new Map<string, JsonSchemaNode>()
  /** What the documents have that names itself, found at the first reference to such a name. */
  readonly #anchors = new Map<JsonSchemaNode, ReadonlyMap<string, JsonSchemaNode>>()
  readonly root: Located

  /** @param references documents by the name the registry knows them under. */
  constructor(text: string, references: readonly { readonly name: string; readonly text: string }[]) {
    for (const reference of references) {
      const document = parse(reference.text, reference.name)
      this.#byName.set(reference.name, document)
      const id = idOf(document)
      if (id !== undefined) this.#byName.set(withoutFragment(id), document)
    }
    const document = parse(text, 'the schema')
    this.root = { node: document, document }
  }

  /** The schema a `$ref` means. @throws {DataError} where there is none. */
  resolve(reference: string, from: JsonSchemaNode): Located {
    const [name = '', fragment = ''] = reference.split('#', 2)
    const document = name === '' ? from : this.#document(name, from)
    if (document === undefined) {
      throw new DataError(`JSON Schema refers to ${reference}, but the registry names no such reference`)
    }
    const node =
      fragment === '' || fragment.startsWith('/')
        ? at(document, fragment)
        : this.#anchored(document, fragment)
    if (node === undefined) throw new DataError(`JSON Schema refers to ${reference}, which does not exist`)
    return { node, document }
  }

  #anchored(document: JsonSchemaNode, name: string): JsonSchemaNode | undefined {
    let anchors = this.#anchors.get(document)
    if (anchors === undefined) this.#anchors.set(document, (anchors = anchorsOf(document)))
    return anchors.get(name)
  }

  #document(name: string, from: JsonSchemaNode): JsonSchemaNode | undefined {
    const base = idOf(from)
    if (name === base) return from
    const absolute = base !== undefined && URL.canParse(name, base) ? new URL(name, base).href : name
    return (
      this.#byName.get(name) ??
      this.#byName.get(absolute) ??
      this.#byName.get(name.slice(name.lastIndexOf('/') + 1))
    )
  }
}

function parse(text: string, what: string): JsonSchemaNode {
  let json: unknown
  try {
    json = parseJsonExactly(text)
  } catch (cause) {
    throw new DataError(`JSON Schema ${what} is no JSON: ${(cause as Error).message}`, { cause })
  }
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new DataError(`JSON Schema ${what} is no object`)
  }
  return json as JsonSchemaNode
}

function idOf(document: JsonSchemaNode): string | undefined {
  const id = document['$id'] ?? document['id']
  return typeof id === 'string' ? id : undefined
}

function withoutFragment(id: string): string {
  return id.split('#', 1)[0] ?? id
}

/** What a JSON pointer leads to. */
function at(document: JsonSchemaNode, pointer: string): JsonSchemaNode | undefined {
  let node: unknown = document
  for (const step of pointer.split('/').slice(1)) {
    const key = decodeStep(step).replaceAll('~1', '/').replaceAll('~0', '~')
    if (typeof node !== 'object' || node === null || !Object.hasOwn(node, key)) return undefined
    node = (node as Record<string, unknown>)[key]
  }
  return typeof node === 'object' && node !== null ? (node as JsonSchemaNode) : undefined
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step)
  } catch {
    return step
  }
}

/** Definitions that name themselves `#name`; of several the first. */
function anchorsOf(document: JsonSchemaNode): ReadonlyMap<string, JsonSchemaNode> {
  const anchors = new Map<string, JsonSchemaNode>()
  for (const keyword of ['definitions', '$defs']) {
    for (const node of Object.values((document[keyword] ?? {}) as Record<string, JsonSchemaNode | null>)) {
      const id = node?.['$id']
      const written = [
        node?.['$anchor'],
        typeof id === 'string' && id.startsWith('#') ? id.slice(1) : undefined,
      ]
      for (const name of written) {
        if (node && typeof name === 'string' && !anchors.has(name)) anchors.set(name, node)
      }
    }
  }
  return anchors
}
