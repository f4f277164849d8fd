/** Bytes changed a little: flipped, cut, doubled, put in. */
export function mutate(bytes: Buffer, random: () => number): Buffer {
  const at = (length: number): number => Math.floor(random() * length)
  let result = Buffer.from(bytes)
  for (let rounds = 1 + at(3); rounds > 0; rounds--) {
    const place = at(result.length + 1)
    switch (at(5)) {
      case 0:
        if (place < result.length) result[place] = at(256)
        break
      case 1:
        if (place < result.length) result[place] = (result[place] ?? 0) ^ (1 << at(8))
        break
      case 2:
        result = Buffer.from(result.subarray(0, place))
        break
      case 3:
        result = Buffer.concat([result.subarray(0, place), Buffer.from([at(256)]), result.subarray(place)])
        break
      default: {
        const end = place + at(Math.min(result.length - place, 16) + 1)
        result = Buffer.concat([result.subarray(0, end), result.subarray(place)])
      }
    }
  }
  return result
}

/** A source of numbers in [0, 1) that a seed repeats. */
export function randomOf(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
