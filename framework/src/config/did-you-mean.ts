/** The candidate nearest to what was written, if it is near enough to be meant. Case and separators weigh little. */
export function didYouMean(written: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined
  let bestDistance = Infinity
  for (const candidate of candidates) {
    const distance = editDistance(fold(written), fold(candidate))
    if (distance < bestDistance) {
      bestDistance = distance
      best = candidate
    }
  }
  const limit = Math.max(1, Math.floor(written.length / 4))
  return bestDistance <= Math.min(limit, 4) ? best : undefined
}

function fold(text: string): string {
  return text.slice(0, 128).toLowerCase().replaceAll('_', '.').replaceAll('-', '.')
}

/** Edits, where two swapped neighbours count as one (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const current = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let edits = Math.min((previous[j] ?? 0) + 1, (current[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        edits = Math.min(edits, (beforePrevious[j - 2] ?? 0) + 1)
      }
      current.push(edits)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.length] ?? Infinity
}
