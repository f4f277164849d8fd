import { existsSync, rmSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { type Admin, ConfigError, ConnectError } from '@spillway/api'
import { readWorkerConfig } from '@spillway/worker'
import { nameOf, withAdmin } from './cluster.ts'
import { type ResetOptions, resetTarget } from './reset-options.ts'
import { type NewOffset, resetPlan, type ResetPlan } from './reset-plan.ts'
import { applicationIdOf, readStreamsConfig } from './streams-config-file.ts'

/**
 * `spillway streams reset` (Java: `StreamsResetter`, `kafka-streams-application-reset`): has an application begin again. Unlike
 * Java's tool it deletes the local state of this machine too, and asks.
 *
 * @returns exit code: 0 done, or a dry run; 1 where nobody said yes.
 */
export async function resetCommand(options: ResetOptions): Promise<number> {
  const config = { ...(await readStreamsConfig(options)), ...(await adminKeys(options)) }
  const applicationId = applicationIdOf(config)
  const target = await resetTarget(options, Date.now())
  const stateDir = options.stateDir ?? config['state.dir']
  const state = stateDir === undefined ? undefined : stateFolder(stateDir, applicationId)
  return await withAdmin(config, async (admin) => {
    const members = await membersOf(admin, applicationId)
    if (members.length > 0 && options.force !== true) {
      throw new ConnectError(
        `Consumer group ${applicationId} is still active and has the following members: ${members.join(', ')}. Stop all ` +
          'running instances of the application first. --force ends the membership of those that have died and whose ' +
          'session has not.',
      )
    }
    const plan = await resetPlan(admin, applicationId, options, target)
    print(applicationId, plan, state, options.force === true ? members : [])
    if (options.dryRun === true) {
      process.stdout.write('Dry run: nothing was done.\n')
      return 0
    }
    if (options.yes !== true && !(await isAgreed())) {
      process.stderr.write('Nothing was done. Answer y, or use --yes.\n')
      return 1
    }
    if (members.length > 0) await admin.removeMembers(applicationId, members)
    await apply(admin, applicationId, plan)
    if (state !== undefined) rmSync(state, { recursive: true, force: true })
    process.stdout.write('Done.\n')
    return 0
  })
}

/** `--command-config` and its older name: properties of the admin client. */
async function adminKeys({ commandConfig, configFile, bootstrapServer }: ResetOptions): Promise<object> {
  if (commandConfig !== undefined && configFile !== undefined)
    throw new ConfigError('Only one of --command-config, --config-file can be used.')
  const file = commandConfig ?? configFile
  if (file === undefined) return {}
  const keys = await readWorkerConfig(file)
  return bootstrapServer === undefined ? keys : { ...keys, 'bootstrap.servers': bootstrapServer }
}

async function membersOf(admin: Admin, applicationId: string): Promise<string[]> {
  const group = await admin.describeGroup(applicationId)
  return group.members.map(({ memberId }) => memberId)
}

async function apply(admin: Admin, applicationId: string, plan: ResetPlan): Promise<void> {
  const offsets = [...plan.input, ...plan.intermediate]
  if (offsets.length > 0) {
    await admin.alterGroupOffsets(applicationId, new Map(offsets.map(({ at, offset }) => [at, { offset }])))
  }
  if (plan.internalTopics.length > 0) await admin.deleteTopics(plan.internalTopics)
}

/**
 * The folder of an application's state, undefined where there is none.
 *
 * @throws {ConfigError} for an id that leads out of `state.dir`
 */
export function stateFolder(stateDir: string, applicationId: string): string | undefined {
  const folder = resolve(stateDir, applicationId)
  if (dirname(folder) !== resolve(stateDir)) {
    throw new ConfigError(
      `The state of an application is not looked for outside of ${stateDir}: ${join(stateDir, applicationId)}`,
    )
  }
  return existsSync(folder) ? folder : undefined
}

function print(
  applicationId: string,
  plan: ResetPlan,
  state: string | undefined,
  members: readonly string[],
): void {
  const { input, intermediate, internalTopics, warnings } = plan
  const section = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`${title}:`, ...lines.map((line) => `  ${line}`)]
  const texts = [
    ...section('Members whose membership is ended', members),
    ...section('Offsets of input topics', input.map(offsetText)),
    ...section('Offsets of intermediate topics', intermediate.map(offsetText)),
    ...section('Internal topics that are deleted', internalTopics),
    ...section('Local state that is deleted', state === undefined ? [] : [state]),
    ...section('Note', warnings),
  ]
  if (texts.length === 0) texts.push('There is nothing to do.')
  process.stdout.write(`Reset of ${applicationId}\n${texts.join('\n')}\n`)
}

function offsetText({ at, offset, before }: NewOffset): string {
  return `${nameOf(at)}: ${before ?? 'none'} -> ${offset}`
}

/** The end of the input is a no. */
async function isAgreed(): Promise<boolean> {
  process.stdout.write('Do this? [y/N] ')
  const lines = createInterface({ input: process.stdin })
  try {
    for await (const line of lines) return /^\s*y(?:es)?\s*$/i.test(line)
    return false
  } finally {
    lines.close()
  }
}
