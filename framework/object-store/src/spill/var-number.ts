/**
 * Writes a whole number from 0 to 2^53 in seven bits a byte, the lowest first, all but the last byte marked by their
 * highest bit: the lengths and offsets between the records of a spilled file.
 *
 * @returns where the next byte goes.
 */
export function writeVarNumber(target: Buffer, at: number, value: number): number {
  let left = value
  let to = at
  while (left >= 0x80) {
    target[to++] = (left % 0x80) + 0x80
    left = Math.floor(left / 0x80)
  }
  target[to++] = left
  return to
}
