import { murmur2 } from '@platformatic/kafka'

/** The partition Java's default partitioner chooses for a key: its murmur2 without the sign, modulo. */
export function partitionForKey(key: Buffer, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions
}
