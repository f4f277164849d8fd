import type { ProducerOptions } from '@spillway/api'
import { compressionsAlgorithms } from '@platformatic/kafka'

/** Kafka's numbers for them, as kafkajs wants them. */
export const COMPRESSION: Readonly<Record<NonNullable<ProducerOptions['compression']>, number>> = {
  none: 0,
  gzip: 1,
  snappy: 2,
  lz4: 3,
  zstd: 4,
}

/**
 * Gives kafkajs the codecs that it comes without: those of the other library, which are there anyway. It only packs: what is
 * fetched is read by our own reader.
 */
export function registerCodecs(codecs: Record<number, unknown>): void {
  for (const name of ['snappy', 'lz4', 'zstd'] as const) {
    const { compressSync } = compressionsAlgorithms[name]
    codecs[COMPRESSION[name]] = () => ({
      compress: async (encoder: { readonly buffer: Buffer }) => compressSync(encoder.buffer),
    })
  }
}
