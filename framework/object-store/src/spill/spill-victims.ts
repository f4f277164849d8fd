import type { FileTable } from './file-table.ts'

/**
 * The files whose tails go to disk so that at least that many bytes do: the largest first, by powers of two. One look at
 * each open file, which for 10,000 of them costs less than writing the first of their tails.
 */
export function spillVictims(files: FileTable, targetBytes: number): number[] {
  const bytesOfClass = new Float64Array(32)
  for (let file = 0; file < files.size; file++) {
    const bytes = tailOf(files, file)
    if (bytes > 0) {
      const sizeClass = sizeClassOf(bytes)
      bytesOfClass[sizeClass] = (bytesOfClass[sizeClass] as number) + bytes
    }
  }
  let smallest = 31
  let above = 0
  while (smallest > 0 && above + (bytesOfClass[smallest] as number) < targetBytes) {
    above += bytesOfClass[smallest--] as number
  }
  const victims: number[] = []
  let ofSmallest = targetBytes - above
  for (let file = 0; file < files.size; file++) {
    const bytes = tailOf(files, file)
    if (bytes === 0) continue
    const sizeClass = sizeClassOf(bytes)
    if (sizeClass < smallest || (sizeClass === smallest && ofSmallest <= 0)) continue
    if (sizeClass === smallest) ofSmallest -= bytes
    victims.push(file)
  }
  return victims
}

function tailOf(files: FileTable, file: number): number {
  return files.isOpen[file] === 1 ? (files.memoryBytes[file] as number) : 0
}

function sizeClassOf(bytes: number): number {
  return 31 - Math.clz32(Math.min(bytes, 2 ** 31))
}
