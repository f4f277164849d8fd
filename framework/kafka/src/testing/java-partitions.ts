/** A key, its hash as a signed number, and its partition by how many there are. */
export interface JavaPartition {
  readonly key?: string
  /** The key's bytes, where they are no text. */
  readonly keyHex?: string
  readonly murmur2: number
  readonly partition: Readonly<Record<string, number>>
}

/** What Java's default partitioner makes of keys: `(murmur2(keyBytes) & 0x7fffffff) % numPartitions`. */
export const JAVA_PARTITIONS: readonly JavaPartition[] = [
  { key: '', murmur2: 275646681, partition: { 1: 0, 2: 1, 3: 0, 4: 1, 6: 3, 8: 1, 12: 9, 50: 31, 100: 81 } },
  {
    key: 'a',
    murmur2: -1563381124,
    partition: { 1: 0, 2: 0, 3: 1, 4: 0, 6: 4, 8: 4, 12: 4, 50: 24, 100: 24 },
  },
  {
    key: 'ab',
    murmur2: 316155434,
    partition: { 1: 0, 2: 0, 3: 2, 4: 2, 6: 2, 8: 2, 12: 2, 50: 34, 100: 34 },
  },
  { key: 'abc', murmur2: 479470107, partition: { 1: 0, 2: 1, 3: 0, 4: 3, 6: 3, 8: 3, 12: 3, 50: 7, 100: 7 } },
  {
    key: 'abcd',
    murmur2: -1323649548,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 4, 12: 8, 50: 0, 100: 0 },
  },
  {
    key: 'abcde',
    murmur2: 461995741,
    partition: { 1: 0, 2: 1, 3: 1, 4: 1, 6: 1, 8: 5, 12: 1, 50: 41, 100: 41 },
  },
  {
    key: 'user-1',
    murmur2: 1404122828,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 4, 12: 8, 50: 28, 100: 28 },
  },
  {
    key: 'user-2',
    murmur2: -324981792,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 0, 12: 8, 50: 6, 100: 56 },
  },
  {
    key: 'user-3',
    murmur2: 1141442267,
    partition: { 1: 0, 2: 1, 3: 2, 4: 3, 6: 5, 8: 3, 12: 11, 50: 17, 100: 67 },
  },
  {
    key: 'kim',
    murmur2: -1812449871,
    partition: { 1: 0, 2: 1, 3: 2, 4: 1, 6: 5, 8: 1, 12: 5, 50: 27, 100: 77 },
  },
  {
    key: 'lee',
    murmur2: -549889584,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 0, 12: 8, 50: 14, 100: 64 },
  },
  {
    key: 'order:12345',
    murmur2: -408361232,
    partition: { 1: 0, 2: 0, 3: 0, 4: 0, 6: 0, 8: 0, 12: 0, 50: 16, 100: 16 },
  },
  {
    key: '\ud55c\uae00\ud0a4',
    murmur2: -1813263813,
    partition: { 1: 0, 2: 1, 3: 2, 4: 3, 6: 5, 8: 3, 12: 11, 50: 35, 100: 35 },
  },
  {
    key: '\uce74\ud504\uce74 \uc2a4\ud2b8\ub9bc\uc988',
    murmur2: 963457027,
    partition: { 1: 0, 2: 1, 3: 1, 4: 3, 6: 1, 8: 3, 12: 7, 50: 27, 100: 27 },
  },
  {
    key: '\ud83d\ude00',
    murmur2: 131881617,
    partition: { 1: 0, 2: 1, 3: 0, 4: 1, 6: 3, 8: 1, 12: 9, 50: 17, 100: 17 },
  },
  { key: '0', murmur2: 971027396, partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 4, 12: 8, 50: 46, 100: 96 } },
  {
    key: '1',
    murmur2: -1993445489,
    partition: { 1: 0, 2: 1, 3: 0, 4: 3, 6: 3, 8: 7, 12: 3, 50: 9, 100: 59 },
  },
  {
    key: '12',
    murmur2: 126087238,
    partition: { 1: 0, 2: 0, 3: 1, 4: 2, 6: 4, 8: 6, 12: 10, 50: 38, 100: 38 },
  },
  {
    key: '123',
    murmur2: -267702483,
    partition: { 1: 0, 2: 1, 3: 2, 4: 1, 6: 5, 8: 5, 12: 5, 50: 15, 100: 65 },
  },
  {
    key: '1234',
    murmur2: -1614185708,
    partition: { 1: 0, 2: 0, 3: 0, 4: 0, 6: 0, 8: 4, 12: 0, 50: 40, 100: 40 },
  },
  {
    key: 'a-little-bit-long-string',
    murmur2: -985981536,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 0, 12: 8, 50: 12, 100: 12 },
  },
  {
    key: 'a-little-bit-longer-string',
    murmur2: -1486304829,
    partition: { 1: 0, 2: 1, 3: 2, 4: 3, 6: 5, 8: 3, 12: 11, 50: 19, 100: 19 },
  },
  {
    key: 'lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8',
    murmur2: -58897971,
    partition: { 1: 0, 2: 1, 3: 2, 4: 1, 6: 5, 8: 5, 12: 5, 50: 27, 100: 77 },
  },
  {
    key: 'events.click|2024-01-01T00:00:00Z',
    murmur2: -641787583,
    partition: { 1: 0, 2: 1, 3: 1, 4: 1, 6: 1, 8: 1, 12: 1, 50: 15, 100: 65 },
  },
  {
    keyHex: '00',
    murmur2: 375494588,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 4, 12: 8, 50: 38, 100: 88 },
  },
  {
    keyHex: 'fffefd',
    murmur2: 998637092,
    partition: { 1: 0, 2: 0, 3: 2, 4: 0, 6: 2, 8: 4, 12: 8, 50: 42, 100: 92 },
  },
  {
    keyHex: '000000000000002a',
    murmur2: 506863552,
    partition: { 1: 0, 2: 0, 3: 1, 4: 0, 6: 4, 8: 0, 12: 4, 50: 2, 100: 52 },
  },
  {
    keyHex: '8001020304',
    murmur2: 636136221,
    partition: { 1: 0, 2: 1, 3: 0, 4: 1, 6: 3, 8: 5, 12: 9, 50: 21, 100: 21 },
  },
]
