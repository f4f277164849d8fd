import { isConnectError } from '@spillway/api'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { VERSION } from '../observe/version.ts'
import { distributedCommand } from './distributed-command.ts'
import type { dlqReplay, dlqShow } from './dlq-command.ts'
import { healthCommand } from './health-command.ts'
import type { RestoreOptions } from './restore-command.ts'
import { standaloneCommand } from './standalone-command.ts'
import type { WorkerSource } from './worker-start.ts'

// A worker runs for months and needs none of what these load.
const dlqModule = () => import('./dlq-command.ts')
const restoreModule = () => import('./restore-command.ts')

/** Adds commands of a composition root to the program; `finish` takes a command's exit code. */
export type ProgramExtension = (program: Command, finish: (exitCode: number) => void) => void

/** Exit code of a command line that cannot be read. */
const USAGE = 2

const EXAMPLES = `
Examples:
  spillway standalone worker.properties s3.json jdbc.properties
  spillway distributed worker.properties
  spillway dlq show orders-dlq --bootstrap-server localhost:9092
  spillway restore s3-backup.json --to orders-again --bootstrap-server localhost:9092
  spillway streams run word-count.ts --config streams.properties

Exit codes: 0 done, 1 failed (the message says why), 2 the command line is wrong, 130 interrupted twice.
Environment: SPILLWAY_LOG_LEVEL off, fatal, error, warn, info (the default), debug, trace; CONNECT_* with --env.`

/**
 * The `spillway` command over a set of plugins.
 *
 * @param registryModule URL of the module that exports `registry: PluginRegistry`.
 * @param extend adds commands.
 * @returns the exit code.
 */
export async function runProgram(
  registryModule: string,
  argv: readonly string[],
  extend: ProgramExtension = () => {},
): Promise<number> {
  let exitCode = 0
  const finish = (code: number): void => {
    exitCode = code
  }
  const program = new Command('spillway')
    .description(
      'A Kafka Connect-style sink worker: JSON connector configs, REST API, open files that spill to disk.',
    )
    .version(VERSION, '-V, --version')
    .addHelpText('after', EXAMPLES)
    .showHelpAfterError('(spillway --help lists the commands and their arguments)')
    .exitOverride()
  addWorkerCommands(program, registryModule, finish)
  addDlqCommands(program, finish)
  program
    .command('restore')
    .description('write the records of objects that a connector wrote with format.envelope=true to a topic')
    .argument('<connector>', 'configuration of the connector that wrote them: .json or .properties')
    .requiredOption('--to <topic>', 'the topic to write to, which has to exist')
    .option('--bootstrap-server <host:port>', 'brokers of the topic')
    .option('--worker <file>', 'worker configuration with the cluster, its security settings and converters')
    .option(
      '--prefix <text>',
      'only objects whose names go on so after topics.dir, such as orders/partition=0',
    )
    .option('--keep-partitions', 'write each record to the partition it came from')
    .option('--again', 'begin anew; without it, a restore goes on where the last one to that topic has ended')
    .action(async (connector: string, options: RestoreOptions) =>
      finish(await (await restoreModule()).restoreCommand(registryModule, connector, options)),
    )
  program
    .command('health')
    .description('ask a worker whether it is healthy: exit code 0 where it is, 1 where it is not')
    .argument('[url]', 'address of its REST API; by default where CONNECT_* variables say it listens')
    .action(async (url: string | undefined) => finish(await healthCommand(url, process.env)))
  extend(program, finish)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE
    process.stderr.write(`${messageOf(error)}\n`)
    return 1
  }
}

function addWorkerCommands(
  program: Command,
  registryModule: string,
  finish: (exitCode: number) => void,
): void {
  const fromEnv = [
    '--env',
    'take the worker configuration from CONNECT_* variables, as containers do',
  ] as const
  program
    .command('standalone')
    .description('run a worker and its connectors in this process, until SIGTERM')
    .usage('<worker> [connectors...]  or  --env [connectors...]')
    .argument('[files...]', 'worker configuration, then connector configurations: .json or .properties')
    .option(...fromEnv)
    .action(async (files: string[], options: { env?: true }, command: Command) => {
      const worker = options.env === true ? undefined : files[0]
      const config = configSource(worker, options, command)
      finish(await standaloneCommand({ registryModule, config }, files.slice(worker === undefined ? 0 : 1)))
    })
  program
    .command('distributed')
    .description(
      'run a worker of a cluster: connectors are created over REST and shared by the workers, until SIGTERM',
    )
    .usage('<worker>  or  --env')
    .argument('[worker]', 'worker configuration: .json or .properties')
    .option(...fromEnv)
    .action(async (worker: string | undefined, options: { env?: true }, command: Command) => {
      const config = configSource(worker, options, command)
      finish(await distributedCommand({ registryModule, config }))
    })
}

/** Either a file or the environment. @throws {CommanderError} for none or both. */
function configSource(
  file: string | undefined,
  options: { env?: true },
  command: Command,
): WorkerSource['config'] {
  if (options.env === true) {
    if (file !== undefined) command.error(`error: --env takes no worker configuration (${file})`)
    return { env: process.env }
  }
  if (file === undefined) command.error("error: missing argument 'worker': name its file, or use --env")
  return { file }
}

function addDlqCommands(program: Command, finish: (exitCode: number) => void): void {
  const dlq = program.command('dlq').description('read a dead letter queue topic back')
  dlq
    .command('show')
    .description('why each record failed, oldest first')
    .argument('<topic>')
    .option('--bootstrap-server <host:port>', 'brokers to ask')
    .option('--worker <file>', 'worker configuration with the cluster and its security settings')
    .option('--limit <n>', 'at most so many records', recordCount)
    .option('--json', 'one JSON object per line, for editing and `dlq replay --input`')
    .action(async (topic: string, options: Parameters<typeof dlqShow>[1]) =>
      finish(await (await dlqModule()).dlqShow(topic, options)),
    )
  dlq
    .command('replay')
    .description('send records to the topic they came from; what was sent is not sent again')
    .argument('<topic>')
    .option('--bootstrap-server <host:port>', 'brokers to ask')
    .option('--worker <file>', 'worker configuration with the cluster and its security settings')
    .option('--to <topic>', 'send to this topic instead')
    .option('--input <file>', 'send the repaired lines of `dlq show --json` instead of the topic')
    .action(async (topic: string, options: Parameters<typeof dlqReplay>[1]) =>
      finish(await (await dlqModule()).dlqReplay(topic, options)),
    )
}

function recordCount(text: string): number {
  const count = Number(text)
  if (text.trim() !== '' && Number.isSafeInteger(count) && count >= 0) return count
  throw new InvalidArgumentError('It must be a whole number.')
}

/** What a user needs: the message and code of an error we know, with the trace of one we do not. */
function messageOf(error: unknown): string {
  if (isConnectError(error)) return `${error.message} [${error.code}]`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
