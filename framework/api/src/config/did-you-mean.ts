/** Steps that a search for near names may take: far more than any configuration of people needs, and some milliseconds. */
const MOST_STEPS = 1_000_000

/** What the searches of one validation may still take together. */
export class HintBudget {
  left = MOST_STEPS
}

/**
 * The candidate nearest to what was written, if it is near enough to be meant. Case and separators weigh little. Where
 * the budget is used up there is no answer: a hint is not worth keeping a thread busy.
 */
export function didYouMean(
  written: string,
  candidates: Iterable<string>,
  budget = new HintBudget(),
): string | undefined {
  const wanted = fold(written)
  const limit = Math.min(Math.max(1, Math.floor(written.length / 4)), 4)
  let best: string | undefined
  let bestDistance = limit + 1
  for (const candidate of candidates) {
    if (budget.left <= 0) return undefined
    budget.left -= 1
    const near = Math.abs(Math.min(written.length, LONGEST) - Math.min(candidate.length, LONGEST)) <= limit
    if (!near) continue
    budget.left -= wanted.length * candidate.length
    const distance = editDistance(wanted, fold(candidate))
    if (distance < bestDistance) {
      bestDistance = distance
      best = candidate
    }
  }
  return best
}

/** Of longer texts only the beginning counts. */
const LONGEST = 128

function fold(text: string): string {
  return text.slice(0, LONGEST).toLowerCase().replaceAll('_', '.').replaceAll('-', '.')
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
