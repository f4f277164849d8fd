import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { suite, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const BIN = fileURLToPath(new URL('../bin/spillway.js', import.meta.url))

/** Runs `spillway` as users do, from what was built. */
function spillway(...args: readonly string[]): {
  readonly code: number | null
  readonly out: string
  readonly err: string
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [BIN, ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  return { code: status, out: stdout, err: stderr }
}

suite('the spillway command', () => {
  test('--help lists the commands, exit codes and an example; each command has help of its own', () => {
    const { code, out } = spillway('--help')
    assert.equal(code, 0)
    for (const command of ['standalone', 'distributed', 'dlq', 'health', 'streams'])
      assert.match(out, new RegExp(`^  ${command}`, 'm'))
    assert.match(out, /Exit codes: 0 done, 1 failed/)
    assert.match(spillway('distributed', '--help').out, /Usage: spillway distributed <worker>  or  --env/)
    assert.match(spillway('dlq', 'show', '--help').out, /--limit <n>/)
    assert.match(spillway('--version').out, /^\d+\.\d+\.\d+\n$/)
  })

  test('a command line that is wrong ends with 2, says why, and prints no trace', () => {
    const wrong: readonly [readonly string[], RegExp][] = [
      [[], /Usage: spillway/],
      [['standalon'], /unknown command 'standalon'\n\(Did you mean standalone\?\)/],
      [['standalone'], /missing argument 'worker': name its file, or use --env/],
      [['distributed', 'w.json', '--env'], /--env takes no worker configuration \(w\.json\)/],
      [['dlq', 'show', 't', '--limit', 'ten'], /'ten' is invalid.*It must be a whole number/],
      [['dlq', 'show'], /missing required argument 'topic'/],
      [['streams', 'run', 'app.ts'], /required option '--config <file>' not specified/],
    ]
    for (const [args, message] of wrong) {
      const { code, err } = spillway(...args)
      assert.equal(code, 2, args.join(' '))
      assert.match(err, message)
      assert.doesNotMatch(err, /^ +at /m)
    }
  })

  test('what cannot be done ends with 1 and one message of what to do', () => {
    const failing: readonly [readonly string[], RegExp][] = [
      [['standalone', 'nowhere.json'], /^nowhere\.json: there is no such file \[CONNECT_CONFIG\]\n$/],
      [['distributed', '/'], /^\/: it is a folder, not a file \[CONNECT_CONFIG\]\n$/],
      [['distributed', '--env'], /^Missing required environment variables: CONNECT_BOOTSTRAP_SERVERS, /],
      [['dlq', 'show', 't'], /^Which Kafka cluster\? Name its brokers with --bootstrap-server/],
      [['health', 'http://127.0.0.1:9'], /^No answer from http:\/\/127\.0\.0\.1:9\/health: /],
    ]
    for (const [args, message] of failing) {
      const { code, err } = spillway(...args)
      assert.equal(code, 1, args.join(' '))
      assert.match(err, message)
      assert.doesNotMatch(err, /^ +at /m)
    }
  })
})
