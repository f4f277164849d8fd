import { configDef } from '@spillway/framework'
import { Consumed, Grouped, Materialized, Produced, Serdes, type StreamsBuilder } from '@spillway/streams'

const text = Serdes.string()

/** Counts the records of each key. A key of `fail` is an error, one of `hang` never ends. */
export default {
  config: configDef({
    'count.from': { type: 'string', importance: 'high', doc: 'Topic to read.' },
    'count.to': { type: 'string', importance: 'high', doc: 'Topic to write.' },
    'count.step': { type: 'int', default: 1, importance: 'low', doc: 'What each record counts.' },
  }),
  topology(builder: StreamsBuilder, config: Readonly<Record<string, unknown>>): void {
    builder
      .stream(String(config['count.from']), Consumed.with(text, text))
      .peek((key) => {
        if (key === 'fail') throw new Error('this key fails')
        while (key === 'hang');
      })
      .groupByKey(Grouped.with(text, text))
      .count(Materialized.as<string, bigint>('counts'))
      .toStream()
      .mapValues((count) => String(Number(count) * (config['count.step'] as number)))
      .to(String(config['count.to']), Produced.with(text, text))
  },
}
