import assert from 'node:assert/strict'
import test from 'node:test'
import { PluginRegistry } from '@spillway/api'
import { builtInDialects } from '../dialects/built-in-dialects.ts'
import { DIALECTS } from '../dialects/dialect-plugin.ts'
import { mysqlTls } from '../dialects/mysql/connection-options.ts'
import { jdbcSinkConfig } from './jdbc-sink-config.ts'
import { sinkSettings } from './sink-settings.ts'

const plugins = new PluginRegistry(builtInDialects, [DIALECTS])
const URL = { 'connection.url': 'jdbc:postgresql://h/d?ApplicationName=a&sslmode=disable' }

test('a URL alone is a whole configuration, with the defaults of the sink it stands in for', () => {
  const settings = sinkSettings(URL)
  assert.equal(settings.mode, 'insert')
  assert.equal(settings.batchSize, 3000)
  assert.equal(settings.pkMode, 'none')
  assert.equal(settings.maxRetries, 10)
  assert.equal(settings.retryBackoffMs, 3000)
  assert.deepEqual(settings.tableKinds, ['TABLE'])
  assert.equal(settings.tableNameFormat, '${topic}')
  assert.equal(settings.stringColumn, 'record_value')
  assert.equal(settings.values.replaceNullWithDefault, true)
  assert.equal(settings.connection.attempts, 3)
})

test('words are taken in lower or in upper case', () => {
  const settings = sinkSettings({
    ...URL,
    'insert.mode': 'UPSERT',
    'pk.mode': 'RECORD_KEY',
    'date.timezone': 'UTC',
  })
  assert.equal(settings.mode, 'upsert')
  assert.equal(settings.pkMode, 'record_key')
})

test('batch.size=0 writes each record alone', () => {
  assert.equal(sinkSettings({ ...URL, 'batch.size': '0' }).batchSize, 1)
})

test('connection.* keys go before parameters of the URL', () => {
  const { connection } = sinkSettings({ ...URL, 'connection.sslmode': 'require', 'connection.user': 'u' })
  assert.equal(connection.properties.get('sslmode'), 'require')
  assert.equal(connection.properties.get('applicationname'), 'a')
  assert.equal(connection.properties.has('user'), false)
  assert.equal(connection.user, 'u')
})

test('names of other sinks act where ours are not set', () => {
  const settings = sinkSettings({
    ...URL,
    'primary.key.mode': 'record_key',
    'primary.key.fields': 'a,b',
    'collection.name.format': 'x_${topic}',
    'schema.evolution': 'basic',
    'sql.quote.identifiers': 'false',
    'insert.mode': 'multi',
    'flush.max.retries': '4',
    'max.retries': '2',
  })
  assert.equal(settings.pkMode, 'record_key')
  assert.deepEqual(settings.pkFields('any'), ['a', 'b'])
  assert.equal(settings.tableNameFormat, 'x_${topic}')
  assert.deepEqual([settings.autoCreate, settings.autoEvolve, settings.quotes], [true, true, false])
  assert.equal(settings.mode, 'insert')
  assert.equal(settings.maxRetries, 2)
})

test("Debezium's collection.name.format makes underscores of a topic's dots, table.name.format does not", () => {
  const table = (keys: Record<string, string>): string => {
    const { topicRewrite } = sinkSettings({ ...URL, ...keys })
    return topicRewrite === null ? 'a.b' : topicRewrite.regex.replaceAll('a.b', topicRewrite.replacement)
  }
  assert.equal(table({ 'collection.name.format': '${topic}' }), 'a_b')
  assert.equal(table({ 'collection.name.format': '${topic}', 'table.name.format': '${topic}' }), 'a.b')
  assert.equal(
    table({
      'collection.name.format': '${topic}',
      'table.name.topic.regex': 'a',
      'table.name.topic.replacement': 'x',
    }),
    'x.b',
  )
})

const OTHERS: Readonly<Record<string, string>> = {
  sqlserver: 'jdbc:sqlserver://db.example:1433;databaseName=shop;encrypt=true',
  oracle: 'jdbc:oracle:thin:@db.example:1521/shop',
  db2: 'jdbc:db2://db.example:50000/shop:user=u;password=p;',
  derby: 'jdbc:derby:memory:shop;create=true',
  sap: 'jdbc:sap://db.example:30015/?databaseName=SHOP',
  vertica: 'jdbc:vertica://db.example:5433/shop',
  h2: 'jdbc:h2:mem:shop;DB_CLOSE_DELAY=-1',
  redshift: 'jdbc:Redshift://db.example:5439/shop',
  snowflake: 'jdbc:snowflake://account.snowflakecomputing.com/?db=shop',
  clickhouse: 'jdbc:clickhouse://db.example:8123/shop',
}

for (const [database, url] of Object.entries(OTHERS)) {
  test(`a URL of ${database} is refused at its key with the databases there are`, () => {
    const problems = jdbcSinkConfig
      .validate({ 'connection.url': url }, plugins)
      .flatMap(({ key, errors }) => errors.map((message) => ({ key, message })))
    assert.deepEqual(
      problems.map(({ key }) => key),
      ['connection.url'],
    )
    assert.match(
      problems[0]?.message ?? '',
      new RegExp(
        `no dialect for the database "${database}" .*jdbc:postgresql:, jdbc:mysql:, jdbc:mariadb:, jdbc:sqlite:`,
      ),
    )
    assert.throws(() => sinkSettings({ 'connection.url': url }, plugins), /no dialect for the database/)
  })
}

test('dialect.name makes a URL of another name one that is known', () => {
  const settings = sinkSettings({
    'connection.url': 'jdbc:redshift://db.example:5439/shop',
    'dialect.name': 'PostgreSqlDatabaseDialect',
  })
  assert.deepEqual(settings.connection.hosts, [{ host: 'db.example', port: 5439 }])
})

test('dialect.name is the class of a dialect in whatever case, a short name, or a module; nothing else', () => {
  const errors = (name: string): string[] =>
    jdbcSinkConfig
      .validate({ ...URL, 'dialect.name': name }, plugins)
      .flatMap(({ key, errors: found }) => (key === 'dialect.name' ? found : []))
  const full = 'io.confluent.connect.jdbc.dialect.MySqlDatabaseDialect'
  for (const name of [
    '',
    'MySqlDatabaseDialect',
    'mysqldatabasedialect',
    'MySql',
    full,
    './own-dialect.js',
  ]) {
    assert.deepEqual(errors(name), [], name)
  }
  for (const name of ['OracleDatabaseDialect', 'mysql', 'io.example.Dialect', '*']) {
    assert.match(errors(name)[0] ?? '', /Invalid enumerator: it must be one of .*MySqlDatabaseDialect/, name)
  }
})

test('socketTimeout is in seconds with PostgreSQL, in ms with MySQL; the shorter time-out counts', () => {
  const timeout = (url: string, ms?: string): number =>
    sinkSettings({ 'connection.url': url, ...(ms !== undefined && { 'statement.timeout.ms': ms }) })
      .connection.statementTimeoutMs
  assert.equal(timeout('jdbc:postgresql://h/d'), 300_000)
  assert.equal(timeout('jdbc:postgresql://h/d?socketTimeout=30'), 30_000)
  assert.equal(timeout('jdbc:mysql://h/d?socketTimeout=30000'), 30_000)
  assert.equal(timeout('jdbc:postgresql://h/d?socketTimeout=30', '0'), 30_000)
  assert.equal(timeout('jdbc:postgresql://h/d?socketTimeout=30', '1000'), 1000)
  assert.equal(timeout('jdbc:mysql://h/d?socketTimeout=0'), 300_000)
})

const TLS: Readonly<Record<string, string>> = {
  'jdbc:mysql://h/d': 'prefer',
  'jdbc:mysql://h/d?useSSL=false': 'off',
  'jdbc:mysql://h/d?useSSL=true': 'prefer',
  'jdbc:mysql://h/d?useSSL=true&requireSSL=true': 'encrypt',
  'jdbc:mysql://h/d?useSSL=true&verifyServerCertificate=true': 'verify-ca',
  'jdbc:mysql://h/d?sslMode=VERIFY_IDENTITY': 'verify-full',
  'jdbc:mariadb://h/d?sslMode=trust': 'encrypt',
  'jdbc:mariadb://h/d?useSsl=true': 'verify-full',
  'jdbc:mariadb://h/d?useSsl=true&disableSslHostnameVerification=true': 'verify-ca',
  'jdbc:mariadb://h/d?useSsl=true&trustServerCertificate=true': 'encrypt',
}

for (const [url, expected] of Object.entries(TLS)) {
  test(`${url} asks for TLS: ${expected}`, () => {
    assert.equal(mysqlTls(sinkSettings({ 'connection.url': url }).connection), expected)
  })
}

test('pk.fields.<topic> goes before pk.fields', () => {
  const settings = sinkSettings({ ...URL, 'pk.fields': 'id', 'pk.fields.orders': 'orderId, line' })
  assert.deepEqual(settings.pkFields('orders'), ['orderId', 'line'])
  assert.deepEqual(settings.pkFields('others'), ['id'])
})

test('a driver property the operator has blocked is refused', (t) => {
  process.env['JDBC_CONNECTION_URL_BLOCKED_PARAMS'] = 'socketFactory, ApplicationName'
  t.after(() => {
    delete process.env['JDBC_CONNECTION_URL_BLOCKED_PARAMS']
  })
  assert.throws(() => sinkSettings(URL), /not allowed on this worker .*: applicationname/)
})
