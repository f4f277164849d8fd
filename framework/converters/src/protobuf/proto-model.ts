import { DataError } from '@spillway/api'
import type protobuf from 'protobufjs'
import { withSafeNames, writtenName } from './proto-names.ts'
import { checkDepth } from '../schema-budget.ts'
import { protobufjs } from './protobufjs.ts'
import { addWellKnown } from './well-known-protos.ts'

export type ProtoScalar =
  | 'int32'
  | 'sint32'
  | 'sfixed32'
  | 'uint32'
  | 'fixed32'
  | 'int64'
  | 'sint64'
  | 'sfixed64'
  | 'uint64'
  | 'fixed64'
  | 'float'
  | 'double'
  | 'bool'
  | 'string'
  | 'bytes'

/** The type of a field's single values. */
export type ProtoType = ProtoScalar | ProtoMessage | ProtoEnum

export interface ProtoField {
  readonly name: string
  readonly number: number
  readonly type: ProtoType
  readonly repeated: boolean
  /** The key's type, where the field is a map; `type` is then the value's. */
  readonly mapKey: ProtoScalar | undefined
  /** True for the keyword `optional`, of proto3 or proto2. */
  readonly optional: boolean
  readonly isProto3Optional: boolean
  readonly packed: boolean
  /** The oneof it is a branch of; those that stand for `optional` do not count. */
  readonly oneof: string | undefined
  /** What Confluent's `field_meta` says of it. */
  readonly params: Readonly<Record<string, string>>
}

export interface ProtoMessage {
  readonly kind: 'message'
  readonly name: string
  readonly fullName: string
  readonly fields: readonly ProtoField[]
  readonly oneofs: readonly { readonly name: string; readonly fields: readonly ProtoField[] }[]
}

export interface ProtoEnum {
  readonly kind: 'enum'
  readonly name: string
  readonly fullName: string
  readonly numbers: ReadonlyMap<string, number>
}

/** A Protobuf schema: the messages of its file in the order they stand there, which is how payloads name them. */
export class ProtoSchema {
  readonly #root = new (protobufjs().Root)()
  readonly #file: protobuf.NamespaceBase
  readonly #messages = new Map<protobuf.Type, ProtoMessage>()
  readonly #enums = new Map<protobuf.Enum, ProtoEnum>()
  #isStopped = false

  /**
   * @param references the files it imports, by name, each after those it imports itself.
   * @throws {DataError} for a text that is no Protobuf schema, or imports what nobody names.
   */
  constructor(text: string, references: readonly { readonly name: string; readonly text: string }[] = []) {
    const known = new Set<string>()
    const imports: string[] = []
    for (const reference of references) {
      imports.push(...importsOf(parse(this.#root, reference.text, reference.name)))
      known.add(reference.name)
    }
    // Another file may share the package: the order of messages is that of this file alone.
    const alone = new (protobufjs().Root)()
    const own = parse(alone, text, 'the schema')
    this.#addImports([...importsOf(own), ...imports], known)
    parse(this.#root, text, 'the schema')
    this.#file = own.package === undefined ? alone : (alone.lookup(own.package) as protobuf.NamespaceBase)
    try {
      this.#root.resolveAll()
    } catch (cause) {
      throw new DataError(`Invalid Protobuf schema: ${(cause as Error).message}`, { cause })
    }
  }

  /** The message that indexes lead to: of the file, then of the message found, and so on. @throws {DataError} */
  message(indexes: readonly number[]): ProtoMessage {
    return this.messageNamed(this.nameAt(indexes))
  }

  /** The full name of the message that indexes lead to. @throws {DataError} where the schema has no such message. */
  nameAt(indexes: readonly number[]): string {
    let scope: protobuf.NamespaceBase = this.#file
    for (const index of indexes) {
      const found: protobuf.Type | undefined = messagesOf(scope)[index]
      if (found === undefined) {
        throw new DataError(
          `The message names type [${indexes.join(', ')}], which its Protobuf schema does not have`,
        )
      }
      scope = found
    }
    return scope.fullName
  }

  /** The message of a name that {@link nameAt} told. @throws {DataError} where there is something Connect has not. */
  messageNamed(name: string): ProtoMessage {
    // What an error or a watchdog has stopped half way lacks fields, and must not be taken for whole.
    if (this.#isStopped) this.#messages.clear()
    this.#isStopped = true
    const message = this.#convert(this.#root.lookupType(name), 0)
    this.#isStopped = false
    return message
  }

  /** The indexes of a message of that simple or full name; undefined where the file has none. */
  indexesOf(name: string): number[] | undefined {
    const search = (scope: protobuf.NamespaceBase): number[] | undefined => {
      for (const [i, type] of messagesOf(scope).entries()) {
        if (writtenName(type.name) === name || writtenName(type.fullName) === `.${name}`) return [i]
        const within = search(type)
        if (within !== undefined) return [i, ...within]
      }
      return undefined
    }
    return search(this.#file)
  }

  #addImports(imports: readonly string[], known: Set<string>): void {
    // Custom options extend messages of the descriptor, whether it is imported or reached by another import.
    for (const name of ['google/protobuf/descriptor.proto', ...imports]) {
      if (known.has(name)) continue
      known.add(name)
      if (!addWellKnown(name, this.#root)) {
        throw new DataError(`Protobuf schema imports ${name}, but the registry names no such reference`)
      }
    }
  }

  #convert(type: protobuf.Type, depth: number): ProtoMessage {
    const known = this.#messages.get(type)
    if (known !== undefined) return known
    checkDepth(depth)
    const fields: ProtoField[] = []
    const oneofs: ProtoMessage['oneofs'][number][] = []
    const message: ProtoMessage = {
      kind: 'message',
      name: writtenName(type.name),
      fullName: writtenName(type.fullName.slice(1)),
      fields,
      oneofs,
    }
    this.#messages.set(type, message)
    const members = new Map<string, ProtoField[]>()
    for (const source of type.fieldsArray) {
      const field = this.#field(source, depth)
      fields.push(field)
      if (field.oneof === undefined) continue
      const others = members.get(field.oneof)
      if (others === undefined) members.set(field.oneof, [field])
      else others.push(field)
    }
    for (const oneof of type.oneofsArray) {
      const name = writtenName(oneof.name)
      const own = members.get(name)
      if (own !== undefined) oneofs.push({ name, fields: own })
    }
    return message
  }

  #field(field: protobuf.Field, depth: number): ProtoField {
    const isProto3Optional = field.getOption('proto3_optional') === true
    const syntax = fileEdition(field)
    const isProto2Optional = syntax === 'proto2' && !field.required && !field.repeated && !field.map
    const oneof = field.partOf === null || isProto3Optional ? undefined : writtenName(field.partOf.name)
    return {
      name: writtenName(field.name),
      number: field.id,
      type: this.#typeOf(field, depth),
      repeated: field.repeated,
      mapKey: field instanceof protobufjs().MapField ? (field.keyType as ProtoScalar) : undefined,
      optional: isProto3Optional || (isProto2Optional && oneof === undefined),
      isProto3Optional,
      packed: field.packed,
      oneof,
      params: metaParams(field),
    }
  }

  #typeOf(field: protobuf.Field, depth: number): ProtoType {
    const { resolvedType } = field
    if (resolvedType instanceof protobufjs().Type) {
      if ((resolvedType as { group?: boolean }).group === true) {
        throw new DataError(
          `Protobuf groups are not supported: field ${field.name} of ${field.parent?.name ?? ''}`,
        )
      }
      return this.#convert(resolvedType, depth + 1)
    }
    if (!(resolvedType instanceof protobufjs().Enum)) return field.type as ProtoScalar
    let converted = this.#enums.get(resolvedType)
    if (converted === undefined) {
      converted = {
        kind: 'enum',
        name: writtenName(resolvedType.name),
        fullName: writtenName(resolvedType.fullName.slice(1)),
        numbers: new Map(
          Object.entries(resolvedType.values).map(([symbol, number]) => [writtenName(symbol), number]),
        ),
      }
      this.#enums.set(resolvedType, converted)
    }
    return converted
  }
}

function importsOf({ imports = [], weakImports = [] }: protobuf.IParserResult): string[] {
  return [...imports, ...weakImports]
}

function parse(root: protobuf.Root, text: string, what: string): protobuf.IParserResult {
  try {
    return protobufjs().parse(withSafeNames(text), root, { keepCase: true })
  } catch (cause) {
    throw new DataError(`Protobuf schema ${what} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

function messagesOf(scope: protobuf.NamespaceBase): protobuf.Type[] {
  return scope.nestedArray.filter((nested): nested is protobuf.Type => nested instanceof protobufjs().Type)
}

/** The syntax of the file that a field stands in. */
function fileEdition(field: protobuf.Field): string {
  let scope: protobuf.ReflectionObject | null = field
  while (scope !== null) {
    const edition = (scope as unknown as { _edition?: string | null })._edition
    if (edition) return edition
    scope = scope.parent
  }
  return 'proto2'
}

interface Meta {
  readonly params?: MetaParam | readonly MetaParam[]
}

interface MetaParam {
  readonly key?: unknown
  readonly value?: unknown
}

function metaParams(field: protobuf.Field): Record<string, string> {
  const params: [string, string][] = []
  for (const option of (field.parsedOptions as Record<string, unknown>[] | null) ?? []) {
    const meta = (option['(confluent.field_meta)'] ?? option['(.confluent.field_meta)']) as Meta | undefined
    const written = meta?.params
    const entries = Array.isArray(written)
      ? (written as MetaParam[])
      : written === undefined
        ? []
        : [written as MetaParam]
    for (const { key, value } of entries) params.push([String(key), String(value)])
  }
  return Object.fromEntries(params)
}
