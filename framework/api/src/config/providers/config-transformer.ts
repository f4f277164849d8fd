import type { RawConfig } from '../config-def.ts'
import type { ConfigData, ConfigProvider } from './config-provider.ts'

/** A configuration with its placeholders filled in. */
export interface TransformedConfig {
  /** For starting a connector or task only: holds secrets. Never store, log or return it. */
  readonly config: RawConfig
  /** Every value that came from a provider: what logs, traces and answers must mask, with what is secret by its key. */
  readonly secrets: ReadonlySet<string>
  /** The shortest time in milliseconds after which a value should be asked for again; undefined where none says. */
  readonly ttlMs: number | undefined
}

/** A placeholder in a value: where it stands and what it asks for. */
interface Reference {
  readonly start: number
  readonly end: number
  readonly provider: string
  readonly path: string
  readonly key: string
}

/**
 * Fills in `${provider:path:key}` and `${provider:key}` (Java: `ConfigTransformer`, KIP-297).
 *
 * A placeholder of a provider that is not configured, or of a key the provider does not know, stays as it is written.
 * What a provider returns is not looked at again, so a secret may contain `${`.
 */
export class ConfigTransformer {
  readonly #providers: ReadonlyMap<string, ConfigProvider>

  /** @param providers by the name that `config.providers` gives them; configured already. */
  constructor(providers: ReadonlyMap<string, ConfigProvider>) {
    this.#providers = providers
  }

  /** @throws {ConfigError} where a provider cannot read a path. */
  async transform(raw: RawConfig): Promise<TransformedConfig> {
    const found = await this.#lookUp(referencesIn(raw))
    const secrets = new Set<string>()
    const fill = (value: string): string => {
      let filled = ''
      let copied = 0
      for (const { start, end, provider, path, key } of placeholders(value)) {
        const secret = found.get(provider)?.get(path)?.data.get(key)
        if (secret === undefined) continue
        secrets.add(secret)
        filled += value.slice(copied, start) + secret
        copied = end
      }
      return filled + value.slice(copied)
    }
    const config = Object.fromEntries(
      Object.entries(raw).map(([key, value]) => [key, value === null ? null : fill(value)]),
    )
    const ttls = [...found.values()].flatMap((byPath) =>
      [...byPath.values()].flatMap(({ ttlMs }) => (ttlMs === undefined || ttlMs < 0 ? [] : [ttlMs])),
    )
    return { config, secrets, ttlMs: ttls.length === 0 ? undefined : Math.min(...ttls) }
  }

  /** Asks each provider once for each path. */
  async #lookUp(references: readonly Reference[]): Promise<Map<string, Map<string, ConfigData>>> {
    const found = new Map<string, Map<string, ConfigData>>()
    for (const [name, ofProvider] of Map.groupBy(references, (reference) => reference.provider)) {
      const provider = this.#providers.get(name)
      if (provider === undefined) continue
      const byPath = new Map<string, ConfigData>()
      for (const [path, ofPath] of Map.groupBy(ofProvider, (reference) => reference.path)) {
        byPath.set(path, await provider.get(path, new Set(ofPath.map(({ key }) => key))))
      }
      found.set(name, byPath)
    }
    return found
  }
}

function referencesIn(raw: RawConfig): Reference[] {
  return Object.values(raw).flatMap((value) => [...placeholders(value ?? '')])
}

/**
 * The placeholders of a value, as Kafka's pattern `\$\{([^}]*?):(([^}]*?):)?([^}]*?)\}` finds them. Scanned by hand, as
 * that pattern takes cubic time for a long text of open braces.
 */
function* placeholders(value: string): Generator<Reference> {
  let from = 0
  for (;;) {
    const start = value.indexOf('${', from)
    const close = start < 0 ? -1 : value.indexOf('}', start)
    if (close < 0) return
    from = close + 1
    const body = value.slice(start + 2, close)
    const first = body.indexOf(':')
    if (first < 0) continue
    const second = body.indexOf(':', first + 1)
    yield {
      start,
      end: close + 1,
      provider: body.slice(0, first),
      path: second < 0 ? '' : body.slice(first + 1, second),
      key: body.slice((second < 0 ? first : second) + 1),
    }
  }
}

/** True where a value holds something that looks like a placeholder. */
export function hasPlaceholder(value: string | null): boolean {
  return value !== null && placeholders(value).next().done === false
}

/**
 * A task's configuration with the connector's placeholders put back: keys that the connector's raw configuration
 * fills from a provider are stored as they were written there, never as their secret (Java:
 * `AbstractHerder.reverseTransform`).
 */
export function restorePlaceholders(taskConfig: RawConfig, rawConnectorConfig: RawConfig): RawConfig {
  const restored = Object.entries(taskConfig).map(([key, value]): [string, string | null] => {
    const raw = Object.hasOwn(rawConnectorConfig, key) ? (rawConnectorConfig[key] ?? null) : null
    return [key, hasPlaceholder(raw) ? raw : value]
  })
  return Object.fromEntries(restored)
}
