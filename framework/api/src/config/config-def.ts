import { ConfigError } from '../errors/connect-errors.ts'
import { didYouMean, HintBudget } from './did-you-mean.ts'
import { keysBelow } from './keys-below.ts'
import { type ConfigType, parseValue } from './parse-value.ts'
import type { Password } from './password.ts'
import type { PluginKind, Plugins } from './plugin-kind.ts'
import { atOnce, type Steps } from './turns.ts'
import type { Validator } from './validators.ts'
import type { RawConfig } from './raw-config.ts'
import type { ErrorRow } from '../errors/define-errors.ts'
import { apiErrors } from '../errors/error-rows.ts'

export type { RawConfig }

export type Importance = 'high' | 'medium' | 'low'
export type Width = 'none' | 'short' | 'medium' | 'long'

/** One key, declared once: parsing, validation, REST answers, reference page and form come from it. */
export interface ConfigKey<T extends ConfigType = ConfigType> {
  readonly type: T
  /** Absent: the key is required. Null: optional without a value. Otherwise in the parsed form. */
  readonly default?: unknown
  readonly validator?: Validator
  readonly importance: Importance
  readonly doc: string
  readonly group?: string
  readonly width?: Width
  readonly displayName?: string
  readonly dependents?: readonly string[]
  /** Place among the keys of its group, in forms; by declaration from 1 where it is absent. */
  readonly order?: number
  /** Values a form may offer, given what else is set; those its validator allows where it is absent. */
  readonly recommend?: (config: RawConfig) => readonly string[]
  /** True for a key of Spillway's own, which Kafka Connect or the peer's connector lacks. */
  readonly ours?: boolean
  /** Told as required although a rule over several keys says where it may be left out. */
  readonly required?: true
  /** Whether a form shows the key, given what else is set; always where it is absent. */
  readonly visible?: (config: RawConfig) => boolean
  /** Heading it has on the reference page; its group where it is absent. */
  readonly section?: string
  /** Of a key that names a plugin, or a module of the user's own that exports one: of which kind. */
  readonly plugin?: PluginKind
  /**
   * What its value has the worker open as soon as it is used: a file of its machine, or a connection to a host. Neither is
   * done for users who may only read.
   */
  readonly opens?: 'file' | 'host'
  /** Accepted, documented, but left out of the short tables. */
  readonly internal?: boolean
  /** For a key of the peer's that is accepted and does nothing here: why it is not needed. Setting it is worth a warning. */
  readonly noEffect?: string
}

export type ConfigKeys = Readonly<Record<string, ConfigKey>>

interface ParsedTypes {
  boolean: boolean
  string: string
  int: number
  short: number
  long: number
  double: number
  list: string[]
  class: string
  password: Password
}

/** The parsed type of a key: nullable only where its default is null. */
type ParsedValue<K extends ConfigKey> = K extends { readonly default: null }
  ? ParsedTypes[K['type']] | null
  : ParsedTypes[K['type']]

export type ParsedConfig<K extends ConfigKeys> = { readonly [P in keyof K]: ParsedValue<K[P]> }

/** The parsed form of a {@link ConfigDef}'s keys. */
export type ConfigOf<D> = D extends ConfigDef<infer K> ? ParsedConfig<K> : never

/** One problem of a configuration: the key it is about and what to do. */
export interface ConfigProblem {
  readonly key: string
  readonly message: string
}

/** What a rule over several keys may look at: parsed values (undefined where invalid) and the text as written. */
export interface CheckInput {
  readonly values: Readonly<Record<string, unknown>>
  readonly raw: RawConfig
  /** The plugins there are, where they are known. */
  readonly plugins?: Plugins | undefined
}

/** Where a form shows a key, in place of what its declaration says. */
export type FormPlace = Pick<
  ConfigKey,
  'group' | 'order' | 'width' | 'displayName' | 'dependents' | 'visible'
>

/** A rule over several keys. Runs even where single keys are wrong; returns what it finds. */
export type ConfigCheck = (input: CheckInput) => Iterable<ConfigProblem>

/** One key's outcome: parsed value, null where it cannot be read, and everything wrong with it. */
export interface ConfigValue {
  readonly key: string
  readonly value: unknown
  readonly errors: string[]
}

/** Every problem of a configuration at once. */
export class ConfigProblemsError extends ConfigError {
  static override readonly row: ErrorRow = apiErrors.rows.ConfigProblemsError
  readonly problems: readonly ConfigProblem[]

  constructor(problems: readonly ConfigProblem[]) {
    super(problems.map((problem) => problem.message).join('\n'))
    this.problems = problems
  }
}

/**
 * A set of configuration keys with the rules that join them (Java: `ConfigDef`).
 *
 * @example
 * const def = configDef({ 'flush.size': { type: 'int', validator: range(1), importance: 'high', doc: '…' } })
 * def.parse({ 'flush.size': '1000' })['flush.size'] // 1000
 */
export class ConfigDef<K extends ConfigKeys = ConfigKeys> {
  readonly keys: K
  readonly checks: readonly ConfigCheck[]

  constructor(keys: K, checks: readonly ConfigCheck[] = []) {
    this.keys = keys
    this.checks = checks
  }

  /** These keys and those of another, with the rules of both. */
  and<L extends ConfigKeys>(other: ConfigDef<L>): ConfigDef<K & L> {
    return new ConfigDef({ ...this.keys, ...other.keys }, [...this.checks, ...other.checks])
  }

  /** The keys and rules of many definitions: as {@link and}, one after the other, in time that grows with their number. */
  static all(defs: readonly ConfigDef[]): ConfigDef {
    const keys = new Map(defs.flatMap((def) => Object.entries(def.keys)))
    return new ConfigDef(
      Object.fromEntries(keys),
      defs.flatMap((def) => def.checks),
    )
  }

  /**
   * The same keys below a prefix: how a transformation's keys lie in a connector's configuration.
   * @param group puts them all in one group; without it each keeps its own.
   */
  withPrefix(prefix: string, group?: string): ConfigDef {
    const keys = Object.entries(this.keys).map(([key, declared]) => [
      `${prefix}${key}`,
      { ...declared, ...(group !== undefined && { group }), displayName: declared.displayName ?? key },
    ])
    // Not all values are looked through: a configuration may have many prefixes.
    const ofOwnKeys = (values: CheckInput['values']): CheckInput['values'] =>
      Object.fromEntries(Object.keys(this.keys).map((key) => [key, values[`${prefix}${key}`]]))
    const below = (raw: RawConfig): RawConfig =>
      Object.fromEntries(keysBelow(raw, prefix).map((key) => [key.slice(prefix.length), raw[key] ?? null]))
    const checks = this.checks.map(
      (check): ConfigCheck =>
        function* ({ values, raw, plugins }) {
          for (const problem of check({ values: ofOwnKeys(values), raw: below(raw), plugins })) {
            yield { ...problem, key: `${prefix}${problem.key}` }
          }
        },
    )
    return new ConfigDef(Object.fromEntries(keys) as ConfigKeys, checks)
  }

  /**
   * The same keys in the order of a form, which names a group and a place for some of them; the others follow. Reference
   * pages keep the headings they had.
   */
  arranged(places: Readonly<Record<string, FormPlace>>): ConfigDef<K> {
    const placed = Object.entries(places).flatMap(([key, place]) => {
      const declared = this.keys[key]
      if (declared === undefined) throw new Error(`The form has a key that is not declared: ${key}`)
      const section = declared.section ?? declared.group
      return [[key, { ...declared, ...(section !== undefined && { section }), ...place }] as const]
    })
    const keys = { ...Object.fromEntries(placed), ...without(this.keys, places) }
    return new ConfigDef(keys as unknown as K, this.checks)
  }

  /** The same keys and one more rule. */
  check(...checks: ConfigCheck[]): ConfigDef<K> {
    return new ConfigDef(this.keys, [...this.checks, ...checks])
  }

  /**
   * Every key's value and problems; never throws for what a user wrote. Keys not declared here are ignored.
   *
   * @param plugins those there are; absent, names of classes are not judged.
   */
  validate(raw: RawConfig, plugins?: Plugins): ConfigValue[] {
    return atOnce(this.validationSteps(raw, plugins))
  }

  /** {@link validate} with a step for each key and each rule. */
  *validationSteps(raw: RawConfig, plugins?: Plugins): Steps<ConfigValue[]> {
    const results = new Map<string, ConfigValue>()
    const budget = new HintBudget()
    for (const [key, declared] of Object.entries(this.keys)) {
      results.set(key, readKey(key, declared, raw, { budget, plugins }))
      yield
    }
    const values = Object.fromEntries(
      [...results.values()].map((r) => [r.key, r.errors.length > 0 ? undefined : r.value]),
    )
    // Rules over prefixes keep an index of it, so it must be one that nobody changes.
    const input = { values, raw: { ...raw }, plugins }
    for (const check of this.checks) {
      yield
      for (const problem of check(input)) {
        const result = results.get(problem.key)
        if (result !== undefined) result.errors.push(problem.message)
        else
          results.set(problem.key, {
            key: problem.key,
            value: Object.hasOwn(raw, problem.key) ? (raw[problem.key] ?? null) : null,
            errors: [problem.message],
          })
      }
    }
    return [...results.values()]
  }

  /** @throws {ConfigProblemsError} with every problem found. */
  parse(raw: RawConfig, plugins?: Plugins): ParsedConfig<K> {
    const results = this.validate(raw, plugins)
    const problems = results.flatMap((r) => r.errors.map((message) => ({ key: r.key, message })))
    if (problems.length > 0) throw new ConfigProblemsError(problems)
    return Object.fromEntries(results.map((r) => [r.key, r.value])) as ParsedConfig<K>
  }

  /**
   * Keys that are written but declared nowhere, each with the declared key it may have been meant for. They are no
   * error (Connect passes them on), only worth a warning.
   *
   * @param isKnown further keys that are fine, such as prefixes another component reads.
   */
  unknownKeys(
    raw: RawConfig,
    isKnown: (key: string) => boolean = () => false,
  ): { key: string; meant?: string }[] {
    const budget = new HintBudget()
    const candidates = Object.keys(this.keys).filter((known) => !Object.hasOwn(raw, known))
    return Object.keys(raw)
      .filter((key) => !Object.hasOwn(this.keys, key) && !isKnown(key))
      .map((key) => {
        const meant = didYouMean(key, candidates, budget)
        return meant === undefined ? { key } : { key, meant }
      })
  }

  /** Keys that are written to no avail, each with the reason. */
  keysWithoutEffect(raw: RawConfig): { key: string; reason: string }[] {
    return Object.entries(this.keys).flatMap(([key, { noEffect: reason }]) =>
      reason === undefined || (raw[key] ?? null) === null ? [] : [{ key, reason }],
    )
  }
}

/** Declares keys; the parsed types are inferred from the literal. */
export function configDef<const K extends ConfigKeys>(
  keys: K,
  checks: readonly ConfigCheck[] = [],
): ConfigDef<K> {
  return new ConfigDef(keys, checks)
}

function without(keys: ConfigKeys, left: Readonly<Record<string, unknown>>): ConfigKeys {
  return Object.fromEntries(Object.entries(keys).filter(([key]) => !Object.hasOwn(left, key)))
}

function readKey(
  key: string,
  declared: ConfigKey,
  raw: RawConfig,
  { budget, plugins }: { readonly budget: HintBudget; readonly plugins: Plugins | undefined },
): ConfigValue {
  const written = Object.hasOwn(raw, key) ? raw[key] : undefined
  if (written === undefined || (written === null && 'default' in declared)) {
    if ('default' in declared) return { key, value: declared.default, errors: [] }
    const meant = didYouMean(key, Object.keys(raw), budget)
    const hint = meant === undefined ? '' : ` Did you mean "${key}" where you wrote "${meant}"?`
    return {
      key,
      value: null,
      errors: [`Missing required configuration "${key}" which has no default value.${hint}`],
    }
  }
  let value: unknown = null
  try {
    value = parseValue(key, declared.type, written)
    declared.validator?.check(key, value, plugins)
    return { key, value, errors: [] }
  } catch (error) {
    // To Kafka a class that is not there is a value that cannot be read.
    return { key, value: declared.type === 'class' ? null : value, errors: [(error as Error).message] }
  }
}
