import { Command, CommanderError } from 'commander'
import { isConnectError } from '../errors/connect-errors.ts'
import { VERSION } from '../observe/version.ts'
import { distributedCommand } from './distributed-command.ts'
import { dlqReplay, dlqShow } from './dlq-command.ts'
import { standaloneCommand } from './standalone-command.ts'

/**
 * The `spillway` command over a set of plugins.
 *
 * @param registryModule URL of the module that exports `registry: PluginRegistry`.
 * @returns the exit code.
 */
export async function runProgram(registryModule: string, argv: readonly string[]): Promise<number> {
  let exitCode = 0
  const program = new Command('spillway')
    .description(
      'A Kafka Connect-style sink worker: JSON connector configs, REST API, open files that spill to disk.',
    )
    .version(VERSION, '-V, --version')
    .exitOverride()
  program
    .command('standalone')
    .description('run a worker and its connectors in this process, until SIGTERM')
    .argument('<worker>', 'worker configuration: .json or .properties')
    .argument(
      '[connectors...]',
      'connector configurations: .json (as POST /connectors takes it, or flat) or .properties',
    )
    .action(async (worker: string, connectors: string[]) => {
      exitCode = await standaloneCommand(registryModule, worker, connectors)
    })
  program
    .command('distributed')
    .description(
      'run a worker of a cluster: connectors are created over REST and shared by the workers, until SIGTERM',
    )
    .argument('<worker>', 'worker configuration: .json or .properties')
    .action(async (worker: string) => {
      exitCode = await distributedCommand(registryModule, worker)
    })
  const dlq = program.command('dlq').description('read a dead letter queue topic back')
  dlq
    .command('show')
    .description('why each record failed, oldest first')
    .argument('<topic>')
    .option('--bootstrap-server <host:port>')
    .option('--worker <file>', 'worker configuration with the cluster and its security settings')
    .option('--limit <n>', 'at most so many records')
    .option('--json', 'one JSON object per line, for editing and `dlq replay --input`')
    .action(async (topic: string, options: Parameters<typeof dlqShow>[1]) => {
      exitCode = await dlqShow(topic, options)
    })
  dlq
    .command('replay')
    .description('send records to the topic they came from; what was sent is not sent again')
    .argument('<topic>')
    .option('--bootstrap-server <host:port>')
    .option('--worker <file>', 'worker configuration with the cluster and its security settings')
    .option('--to <topic>', 'send to this topic instead')
    .option('--input <file>', 'send the repaired lines of `dlq show --json` instead of the topic')
    .action(async (topic: string, options: Parameters<typeof dlqReplay>[1]) => {
      exitCode = await dlqReplay(topic, options)
    })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exitCode
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode
    process.stderr.write(`${messageOf(error)}\n`)
    return 1
  }
}

/** What a user needs: the message of an error we know, with the trace of one we do not. */
function messageOf(error: unknown): string {
  if (isConnectError(error)) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
