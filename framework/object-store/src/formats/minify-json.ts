const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20

let scratch = Buffer.allocUnsafeSlow(64 * 1024)

/**
 * Valid JSON text without the white space between its tokens, digits and escapes as they were written. Text without
 * any is returned as it is; else the result is valid until the next call.
 */
export function minifyJson(text: Buffer): Buffer {
  const end = text.length
  for (let i = 0; i < end; i++) {
    const byte = text[i] as number
    if (byte === QUOTE) i = endOfString(text, i)
    else if (byte <= SPACE) return copyWithout(text, i)
  }
  return text
}

/** Where the string that begins at `start` has its closing quote. */
function endOfString(text: Buffer, start: number): number {
  const end = text.length
  let i = start + 1
  for (; i < end; i++) {
    const byte = text[i]
    if (byte === QUOTE) return i
    if (byte === BACKSLASH) i++
  }
  return i
}

function copyWithout(text: Buffer, firstSpace: number): Buffer {
  const end = text.length
  if (scratch.length < end) scratch = Buffer.allocUnsafeSlow(end * 2)
  const out = scratch
  text.copy(out, 0, 0, firstSpace)
  let to = firstSpace
  for (let i = firstSpace + 1; i < end; i++) {
    const byte = text[i] as number
    if (byte === QUOTE) {
      const close = Math.min(endOfString(text, i), end - 1)
      while (i <= close) out[to++] = text[i++] as number
      i--
    } else if (byte > SPACE) out[to++] = byte
  }
  return out.subarray(0, to)
}
