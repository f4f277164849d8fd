import assert from 'node:assert/strict'
import test from 'node:test'
import { mysqlFailure } from './mysql/mysql-failures.ts'
import { classOfSqlState } from './sqlstate.ts'

const STATES: Readonly<Record<string, string>> = {
  '22001': 'record',
  '22P02': 'record',
  '23502': 'record',
  '23505': 'record',
  '23514': 'record',
  '23P01': 'record',
  '42804': 'record',
  '21000': 'record',
  '23503': 'reference',
  '40001': 'contention',
  '40P01': 'contention',
  '55P03': 'contention',
  '08006': 'systemic',
  '53100': 'systemic',
  '53300': 'systemic',
  '57P01': 'systemic',
  '57P03': 'systemic',
  '58030': 'systemic',
  '25006': 'systemic',
  '28P01': 'systemic',
  '42P01': 'schema',
  '42703': 'schema',
  '42P10': 'schema',
  '42501': 'config',
  '42601': 'config',
  '3D000': 'config',
  '0A000': 'config',
}

for (const [state, expected] of Object.entries(STATES)) {
  test(`SQLSTATE ${state} is of class ${expected}`, () => {
    assert.equal(classOfSqlState(state), expected)
  })
}

const NUMBERS: Readonly<Record<number, string>> = {
  1048: 'record',
  1062: 'record',
  1264: 'record',
  1366: 'record',
  1406: 'record',
  1452: 'reference',
  1205: 'contention',
  1213: 'contention',
  1040: 'systemic',
  1114: 'systemic',
  1290: 'systemic',
  2013: 'systemic',
  1146: 'schema',
  1054: 'schema',
  1064: 'config',
  1142: 'config',
}

for (const [errno, expected] of Object.entries(NUMBERS)) {
  test(`MySQL error ${errno} is of class ${expected}`, () => {
    assert.equal(
      mysqlFailure(Object.assign(new Error('x'), { errno: Number(errno), sqlState: 'HY000' })).failureClass,
      expected,
    )
  })
}

test('a lost connection of MySQL is systemic, and the column of an error is found', () => {
  assert.equal(
    mysqlFailure(
      Object.assign(new Error('Connection lost: The server closed the connection.'), {
        code: 'PROTOCOL_CONNECTION_LOST',
        fatal: true,
      }),
    ).failureClass,
    'systemic',
  )
  assert.equal(
    mysqlFailure(Object.assign(new Error("Column 'name' cannot be null"), { errno: 1048 })).column,
    'name',
  )
})
