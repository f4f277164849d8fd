import type {
  ConfigDef,
  Converter,
  ConverterPlugin,
  Header,
  HeaderConverter,
  HeaderConverterPlugin,
  MaybePromise,
  RawConfig,
} from '@spillway/api'

/** Version that the converters of the framework carry: that of the package. */
export const CONVERTERS_VERSION = '0.1.0'

interface ConverterDeclaration {
  readonly className: string
  readonly aliases?: readonly string[]
  readonly doc: string
  readonly config: ConfigDef
  create(): Converter
}

/** A converter as plugin of record keys and values, and of headers, as Java's simple converters are both. */
export function converterPlugins(declared: ConverterDeclaration): [ConverterPlugin, HeaderConverterPlugin] {
  return [
    converterPlugin(declared),
    {
      ...declared,
      kind: 'header_converter',
      version: CONVERTERS_VERSION,
      create: () => new ValueHeaderConverter(declared.create()),
    },
  ]
}

/** A converter as plugin of record keys and values only. */
export function converterPlugin(declared: ConverterDeclaration): ConverterPlugin {
  return { ...declared, kind: 'converter', version: CONVERTERS_VERSION, create: () => declared.create() }
}

/** Converts header values as a record's value would be. */
class ValueHeaderConverter implements HeaderConverter {
  readonly #converter: Converter

  constructor(converter: Converter) {
    this.#converter = converter
  }

  configure(config: RawConfig): MaybePromise<void> {
    return this.#converter.configure(config, false)
  }

  toConnectHeader(topic: string, key: string, bytes: Buffer | null): MaybePromise<Header> {
    const result = this.#converter.toConnectData(topic, bytes, [])
    return result instanceof Promise
      ? result.then(({ schema, value }) => ({ key, schema, value }))
      : { key, schema: result.schema, value: result.value }
  }

  fromConnectHeader(topic: string, header: Header): MaybePromise<Buffer | null> {
    return this.#converter.fromConnectData(topic, header.schema, header.value)
  }

  close(): MaybePromise<void> {
    return this.#converter.close?.()
  }
}
