import assert from 'node:assert/strict'
import test from 'node:test'
import { parseJdbcUrl } from './jdbc-url.ts'
import { withoutCredentials } from './validators.ts'

const CASES: [string, object][] = [
  [
    'jdbc:postgresql://db.example:5433/shop?user=u&password=p%40ss&sslmode=require',
    {
      subprotocol: 'postgresql',
      hosts: [{ host: 'db.example', port: 5433 }],
      database: 'shop',
      user: 'u',
      password: 'p@ss',
    },
  ],
  [
    'jdbc:postgresql://a,b:5433/shop',
    {
      hosts: [
        { host: 'a', port: undefined },
        { host: 'b', port: 5433 },
      ],
      database: 'shop',
    },
  ],
  ['jdbc:postgresql:shop', { hosts: [], database: 'shop' }],
  ['jdbc:postgresql:/', { hosts: [], database: undefined }],
  ['jdbc:postgresql://[::1]:5432/shop', { hosts: [{ host: '::1', port: 5432 }] }],
  [
    'jdbc:mysql://u:p@h:3307/shop',
    { subprotocol: 'mysql', user: 'u', password: 'p', hosts: [{ host: 'h', port: 3307 }] },
  ],
  ['jdbc:mariadb:sequential://h1,h2/shop', { subprotocol: 'mariadb', database: 'shop' }],
  ['jdbc:mysql://address=(host=h)(port=3308)/shop', { hosts: [{ host: 'h', port: 3308 }] }],
  ['jdbc:sqlite:/data/my file.db', { subprotocol: 'sqlite', database: '/data/my file.db', hosts: [] }],
  ['jdbc:sqlite::memory:', { database: ':memory:' }],
  ['jdbc:sqlite:', { database: '' }],
]

for (const [url, expected] of CASES) {
  test(`${withoutCredentials(url)} is taken apart as its driver would`, () => {
    const parsed: object = parseJdbcUrl(url)
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual((parsed as Record<string, unknown>)[key], value, key)
    }
  })
}

test('parameters keep their names and are decoded; a bare percent sign is itself', () => {
  const { parameters } = parseJdbcUrl(
    'jdbc:mysql://h/d?useSSL=false&serverTimezone=Europe%2FBerlin&x=100%&flag',
  )
  assert.deepEqual(
    [...parameters],
    [
      ['useSSL', 'false'],
      ['serverTimezone', 'Europe/Berlin'],
      ['x', '100%'],
      ['flag', ''],
    ],
  )
})

test('a text that is no JDBC URL is refused without showing its password', () => {
  assert.throws(() => parseJdbcUrl('postgres://u:secret@h/d'), {
    message: 'Not a valid JDBC URL: postgres://****@h/d',
  })
  assert.throws(() => parseJdbcUrl('x?password=secret'), { message: 'Not a valid JDBC URL: x?password=****' })
})
