/**
 * Names that every JavaScript object has: protobufjs, which keeps fields and types as members of objects, leaves
 * `__proto__` out in silence and takes no package of the others. It is given other names for them.
 */
const MEMBERS = Object.getOwnPropertyNames(Object.prototype)
const MARK = 'spillway_name_'
const ANY = new RegExp(`\\b(?:${MEMBERS.join('|')})\\b`)
/** Texts and comments, which stay as they are, or one of the names. */
const TOKENS = new RegExp(
  `("(?:\\\\.|[^"\\\\\\n])*"|'(?:\\\\.|[^'\\\\\\n])*'|//[^\\n]*|/\\*[^]*?\\*/)|\\b(${MEMBERS.join('|')})\\b`,
  'g',
)

/** The text of a Protobuf schema with names that protobufjs keeps. */
export function withSafeNames(text: string): string {
  if (!ANY.test(text)) return text
  return text.replace(TOKENS, (token, _kept: string | undefined, name: string | undefined) =>
    name === undefined ? token : `${MARK}${name}`,
  )
}

/** A name, or several with dots between them, as it was written. */
export function writtenName(name: string): string {
  return name.includes(MARK) ? name.replaceAll(MARK, '') : name
}
