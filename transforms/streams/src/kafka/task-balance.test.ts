import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type BalanceInput, type BalanceMember, type MemberTasks, balanceTasks } from './task-balance.ts'

interface Shape {
  readonly stateful: number
  readonly stateless: number
  readonly members: readonly { readonly process: number; readonly lags: Readonly<Record<string, bigint>> }[]
  /** Who had each task before, by position; past the members: nobody. */
  readonly owners: readonly number[]
  readonly standbyReplicas: number
}

const taskId = (index: number, stateful: number): string =>
  index < stateful ? `0_${index}` : `1_${index - stateful}`

const shapes: fc.Arbitrary<Shape> = fc
  .record({ stateful: fc.nat(12), stateless: fc.nat(12) })
  .chain(({ stateful, stateless }) =>
    fc.record({
      stateful: fc.constant(stateful),
      stateless: fc.constant(stateless),
      members: fc.array(
        fc.record({
          process: fc.nat(3),
          lags: fc.dictionary(
            fc.nat(Math.max(0, stateful - 1)).map((index) => `0_${index}`),
            fc.bigInt(0n, 30_000n),
            { maxKeys: 6 },
          ),
        }),
        { minLength: 1, maxLength: 6 },
      ),
      owners: fc.array(fc.nat(7), { minLength: stateful + stateless, maxLength: stateful + stateless }),
      standbyReplicas: fc.nat(2),
    }),
  )

function inputOf({ stateful, stateless, members, owners, standbyReplicas }: Shape): BalanceInput {
  const tasks = Array.from({ length: stateful + stateless }, (_, index) => ({
    id: taskId(index, stateful),
    isStateful: index < stateful,
  }))
  return {
    members: members.map(({ process, lags }, index) => ({
      id: `member-${index}`,
      processId: `process-${process}`,
      owned: new Set(tasks.filter((_, at) => owners[at] === index).map(({ id }) => id)),
      lags: new Map(Object.entries(lags)),
    })),
    tasks,
    standbyReplicas,
    acceptableLag: 10_000n,
  }
}

const statefulOf = (input: BalanceInput): ReadonlySet<string> =>
  new Set(input.tasks.filter(({ isStateful }) => isStateful).map(({ id }) => id))

function spreadOf(counts: readonly number[]): number {
  return Math.max(...counts) - Math.min(...counts)
}

/** Tasks that a member had and has no more. */
function movedOf(
  { members }: BalanceInput,
  result: ReadonlyMap<string, MemberTasks>,
  isOf: (task: string) => boolean,
): number {
  return members
    .map(
      ({ id, owned }) =>
        [...owned].filter((task) => isOf(task) && !result.get(id)?.active.includes(task)).length,
    )
    .reduce((sum, each) => sum + each, 0)
}

/** As few as can move when members have room for so many: the least each, and one more for `extra` of them (less than 0: full). */
function leastMoves(owned: readonly number[], least: readonly number[], extra: number): number {
  const over = owned.map((count, index) => Math.max(0, count - Math.max(0, least[index] ?? 0)))
  const withExtra = over.filter((count, index) => count > 0 && (least[index] ?? 0) >= 0).length
  return over.reduce((sum, count) => sum + count, 0) - Math.min(extra, withExtra)
}

function checkBalance(input: BalanceInput): ReadonlyMap<string, MemberTasks> {
  const result = balanceTasks(input)
  const stateful = statefulOf(input)
  const all = [...result.values()].flatMap(({ active }) => active)
  assert.deepEqual([...all].sort(), input.tasks.map(({ id }) => id).sort(), 'each task has one owner')
  assert.equal(result.size, input.members.length)
  const lists = [...result.values()].map(({ active }) => active)
  assert.ok(spreadOf(lists.map(({ length }) => length)) <= 1, 'all tasks are spread')
  const withState = lists.map((active) => active.filter((task) => stateful.has(task)).length)
  assert.ok(spreadOf(withState) <= 1, 'tasks with state are spread')
  checkStandbys(input, result)
  return result
}

function checkStandbys(
  { members, standbyReplicas, tasks }: BalanceInput,
  result: ReadonlyMap<string, MemberTasks>,
): void {
  const processOf = new Map(members.map(({ id, processId }) => [id, processId]))
  const processes = new Set(processOf.values()).size
  for (const { id, isStateful } of tasks) {
    const places = [...result]
      .filter(([, { active, standby }]) => active.includes(id) || standby.includes(id))
      .map(([member]) => processOf.get(member))
    assert.equal(new Set(places).size, places.length, `copies of ${id} are on processes of their own`)
    assert.equal(places.length, isStateful ? 1 + Math.min(standbyReplicas, processes - 1) : 1)
  }
}

test('tasks are spread, each once, copies apart, whatever was before', () => {
  fc.assert(
    fc.property(shapes, (shape) => void checkBalance(inputOf(shape))),
    { numRuns: 1_000 },
  )
})

test('no more tasks move than must', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const input = inputOf(shape)
      const result = balanceTasks(input)
      const stateful = statefulOf(input)
      const { members, tasks } = input
      const count = (isOf: (task: string) => boolean): number[] =>
        members.map(({ owned }) => [...owned].filter(isOf).length)
      const isStateful = (task: string): boolean => stateful.has(task)
      const isStateless = (task: string): boolean => !stateful.has(task)
      const base = Math.floor(stateful.size / members.length)
      assert.equal(
        movedOf(input, result, isStateful),
        leastMoves(
          count(isStateful),
          members.map(() => base),
          stateful.size % members.length,
        ),
        'of tasks with state',
      )
      // Beside the tasks with state there is room for so many of the others.
      const total = Math.floor(tasks.length / members.length)
      const withState = [...result.values()].map(({ active }) => active.filter(isStateful).length)
      const above = withState.filter((each) => each > total).length
      assert.equal(
        movedOf(input, result, isStateless),
        leastMoves(
          count(isStateless),
          withState.map((each) => total - each),
          (tasks.length % members.length) - above,
        ),
        'of tasks without',
      )
    }),
    { numRuns: 1_000 },
  )
})

test('what is spread well stays, and the order of the input does not matter', () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const input = inputOf(shape)
      const result = balanceTasks(input)
      const settled: BalanceInput = {
        ...input,
        members: input.members.map((member) => ({
          ...member,
          owned: new Set(result.get(member.id)?.active),
        })),
      }
      const again = balanceTasks(settled)
      for (const [id, { active }] of result) assert.deepEqual(again.get(id)?.active, active)
      const turned = { ...input, members: [...input.members].reverse(), tasks: [...input.tasks].reverse() }
      assert.deepEqual([...balanceTasks(turned)].sort(), [...result].sort())
    }),
    { numRuns: 500 },
  )
})

const member = (
  id: string,
  processId: string,
  owned: string[] = [],
  lags: [string, bigint][] = [],
): BalanceMember => ({
  id,
  processId,
  owned: new Set(owned),
  lags: new Map(lags),
})

const stateful = (...ids: string[]): BalanceInput['tasks'] => ids.map((id) => ({ id, isStateful: true }))

test('a task goes where its state is', () => {
  const result = balanceTasks({
    // The process of 0_1 and 0_3 has died; a and c have copies of them, one of them far behind.
    members: [
      member(
        'a',
        'A',
        ['0_0'],
        [
          ['0_1', 20_000n],
          ['0_3', 12n],
        ],
      ),
      member('c', 'C', ['0_2'], [['0_1', 0n]]),
    ],
    tasks: stateful('0_0', '0_1', '0_2', '0_3'),
    standbyReplicas: 1,
    acceptableLag: 10_000n,
  })
  assert.deepEqual(result.get('a')?.active, ['0_0', '0_3'])
  assert.deepEqual(result.get('c')?.active, ['0_1', '0_2'])
})

test('a process that comes back gets the tasks whose state it has', () => {
  const result = balanceTasks({
    members: [
      member('a', 'A', ['0_0', '0_1', '0_2', '0_3']),
      member(
        'b',
        'B',
        [],
        [
          ['0_0', 3n],
          ['0_2', 3n],
        ],
      ),
    ],
    tasks: stateful('0_0', '0_1', '0_2', '0_3'),
    standbyReplicas: 0,
    acceptableLag: 10_000n,
  })
  assert.deepEqual(result.get('b')?.active, ['0_0', '0_2'])
})

test('few tasks are spread over processes, and copies stay where they are', () => {
  const tasks = stateful('0_0', '0_1', '0_2', '0_3')
  const threads = ['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'b3', 'b4'].map((id) => member(id, id.slice(0, 1)))
  const first = balanceTasks({ members: threads, tasks, standbyReplicas: 0, acceptableLag: 0n })
  const ofA = [...first].filter(([id, { active }]) => id.startsWith('a') && active.length > 0)
  assert.equal(ofA.length, 2)
  const result = balanceTasks({
    members: [
      member('a', 'A', ['0_0', '0_1']),
      member('b', 'B', [], [['0_1', 70_000n]]),
      member('c', 'C', ['0_2', '0_3'], [['0_0', 0n]]),
    ],
    tasks,
    standbyReplicas: 1,
    acceptableLag: 10_000n,
  })
  assert.ok(result.get('c')?.standby.includes('0_0'))
})
