import { ConfigError } from '@spillway/api'
import type { FastifyInstance } from 'fastify'

const KEY = 'response.http.headers.config'
const ACTIONS = ['set', 'add', 'setDate', 'addDate'] as const

/** A header that every answer gets. */
export interface HeaderRule {
  readonly action: (typeof ACTIONS)[number]
  readonly name: string
  readonly value: string
}

/**
 * Reads `response.http.headers.config`: `[action] name: value, …`; a rule with a comma in it stands in double quotes.
 * @throws {ConfigError} for an action there is not, a header without a name or value, or a date that is no number.
 */
export function parseHeaderRules(text: string): HeaderRule[] {
  const rules = (text.match(/(?:"[^"]*"|[^",])+/g) ?? []).map((rule) =>
    rule.trim().replace(/^"([^"]*)"$/, '$1'),
  )
  return rules.filter((rule) => rule !== '').map(parseRule)
}

function parseRule(rule: string): HeaderRule {
  const colon = rule.indexOf(':')
  const [word = '', name, ...more] = rule.slice(0, colon).trim().split(/\s+/)
  const value = rule.slice(colon + 1).trim()
  const action = ACTIONS.find((known) => known === word)
  if (colon === -1 || name === undefined || more.length > 0) {
    throw ConfigError.invalidValue(KEY, rule, 'Expected `[action] name: value`')
  }
  if (action === undefined) {
    throw ConfigError.invalidValue(KEY, rule, `The action must be one of ${ACTIONS.join(', ')}`)
  }
  if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name) || value === '' || !/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw ConfigError.invalidValue(KEY, rule, 'Not a header that HTTP allows')
  }
  if (action.endsWith('Date') && !/^-?\d{1,15}$/.test(value)) {
    throw ConfigError.invalidValue(KEY, rule, 'A date is given in milliseconds from now')
  }
  return { action, name, value }
}

/** Puts the headers on every answer, those of errors included. */
export function registerResponseHeaders(app: FastifyInstance, rules: readonly HeaderRule[]): void {
  if (rules.length === 0) return
  app.addHook('onSend', async (_request, reply) => {
    for (const { action, name, value } of rules) {
      const text = action.endsWith('Date') ? new Date(Date.now() + Number(value)).toUTCString() : value
      if (action.startsWith('set')) void reply.removeHeader(name).header(name, text)
      else void reply.header(name, [reply.getHeader(name) ?? [], text].flat().map(String))
    }
  })
}
