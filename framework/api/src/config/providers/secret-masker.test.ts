import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { SecretMasker } from './secret-masker.ts'

test('replaces every occurrence of a secret', () => {
  const masker = new SecretMasker(['hunter22', 'a+b$c(d)'])
  assert.equal(masker.mask('pw=hunter22, again hunter22; a+b$c(d)'), 'pw=[hidden], again [hidden]; [hidden]')
})

test('finds a secret URL encoded, escaped in JSON and without its line end', () => {
  const masker = new SecretMasker(['p@ss/"word\n'])
  assert.equal(masker.mask('https://u:p%40ss%2F%22word@h'), 'https://u:[hidden]@h')
  assert.equal(masker.mask(JSON.stringify({ k: 'p@ss/"word\n' })), '{"k":"[hidden]"}')
  assert.equal(masker.mask('is p@ss/"word.'), 'is [hidden].')
})

test('masks the longer of two secrets where one holds the other', () => {
  const masker = new SecretMasker(['secret', 'secret-and-more'])
  assert.equal(masker.mask('secret-and-more secret'), '[hidden] [hidden]')
})

test('masks a short secret only where it stands alone', () => {
  const masker = new SecretMasker(['pw1', '5432', '', '  '])
  assert.equal(masker.mask('h:5432 pw1, 15432 pw11 x'), 'h:[hidden] [hidden], 15432 pw11 x')
})

test('masks each long line of a key of several lines', () => {
  const masker = new SecretMasker(['-----BEGIN KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\nabc\n-----END KEY-----'])
  assert.equal(masker.mask('near MIIEvQIBADANBgkqhkiG9w0B in line 2'), 'near [hidden] in line 2')
})

test('forgets the secrets of one owner only, and add keeps the earlier ones', () => {
  const masker = new SecretMasker().set('a', ['secret-a']).set('b', ['secret-b']).add('b', ['secret-c'])
  assert.equal(masker.mask('secret-a secret-b secret-c'), '[hidden] [hidden] [hidden]')
  masker.forget('b')
  assert.equal(masker.mask('secret-a secret-b secret-c'), '[hidden] secret-b secret-c')
})

test('no secret of six characters or more survives in any text', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ minLength: 6, maxLength: 20, unit: 'grapheme' }), { minLength: 1, maxLength: 4 }),
      fc.string(),
      fc.string(),
      (secrets, before, after) => {
        const real = secrets.filter((secret) => secret.trim().length >= 6)
        const masker = new SecretMasker(real)
        for (const secret of real) {
          const masked = masker.mask(`${before}${secret}${after}`)
          const rest = masked.replaceAll('[hidden]', '\0')
          if (!before.includes(secret) && !after.includes(secret)) {
            assert.ok(
              !rest.includes(secret),
              `${JSON.stringify(secret)} is left in ${JSON.stringify(masked)}`,
            )
          }
        }
      },
    ),
  )
})

test('does not look for what is too short to be one, and tears no log to pieces', () => {
  const masker = new SecretMasker(['a', 'is', '0'])
  const text = 'a task is at offset 0 and is a task'
  assert.equal(masker.mask(text), text)
})

test('joins secrets that overlap, so that no part of either is left', () => {
  const masker = new SecretMasker(['abcdefgh', 'efghijkl'])
  assert.equal(masker.mask('x abcdefghijkl y abcdefghabcdefgh'), 'x [hidden] y [hidden][hidden]')
})

test('hides nothing from who has sent it himself, so that nobody can guess', () => {
  const masker = new SecretMasker(['hunter22', 'swordfish'])
  assert.equal(
    masker.mask('no hunter22, but swordfish', 'GET /connectors/hunter22'),
    'no hunter22, but [hidden]',
  )
})

test('keeps a bounded number of secrets of one owner, the latest', () => {
  const masker = new SecretMasker()
  for (let i = 0; i < 1_500; i++) masker.add('a', [`rotated-${i}-`])
  assert.equal(masker.mask('rotated-0- rotated-1499-'), 'rotated-0- [hidden]')
})

/** How peers echo what they were sent. */
const ENCODINGS: Readonly<Record<string, (text: string) => string>> = {
  plain: (text) => text,
  'a part of a URL': (text) => encodeURIComponent(text),
  'in lower case': (text) => encodeURIComponent(text).replaceAll(/%../g, (code) => code.toLowerCase()),
  'a whole URL': (text) => encodeURI(text),
  'a query': (text) => new URLSearchParams({ q: text }).toString().slice(2),
  'user info of a URL': (text) => {
    const url = new URL('http://u@h')
    url.password = text
    return url.password
  },
  JSON: (text) => JSON.stringify(text).slice(1, -1),
  'JSON in JSON': (text) => JSON.stringify(JSON.stringify(text).slice(1, -1)).slice(1, -1),
  'JSON of others': (text) => JSON.stringify(text).slice(1, -1).replaceAll('/', '\\/'),
  'JSON in ASCII': (text) =>
    JSON.stringify(text)
      .slice(1, -1)
      .replaceAll(/[\u0080-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  XML: (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
  'an attribute': (text) =>
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&apos;'),
  SQL: (text) => text.replaceAll("'", "''"),
  hexadecimal: (text) => Buffer.from(text).toString('hex'),
  base64: (text) => Buffer.from(text).toString('base64'),
  base64url: (text) => Buffer.from(text).toString('base64url'),
  'base64 in a URL': (text) => encodeURIComponent(Buffer.from(text).toString('base64')),
}
/** As secrets are made, and worse. */
const secrets = fc
  .oneof(
    fc.string({ minLength: 6, maxLength: 40 }),
    fc.string({ minLength: 6, maxLength: 20, unit: fc.constantFrom(...'aZ0 /\\"\'&<>%+=:@?#;,$`~é€😀') }),
    fc.base64String({ minLength: 8, maxLength: 40 }),
  )
  .filter((text) => text.trim().length >= 6 && text === text.trim() && Buffer.byteLength(text) >= 6)
// Letters alone could run on into a base64 text.
const around = fc.constantFrom('', ' ', '"', ': ', '\n', '(', '<a>', '= ')

for (const [name, encode] of Object.entries(ENCODINGS)) {
  test(`finds a secret in a text that has it as ${name}`, () => {
    fc.assert(
      fc.property(secrets, around, around, (secret, before, after) => {
        const encoded = encode(secret)
        const masked = new SecretMasker([secret]).mask(before + encoded + after)
        assert.ok(!masked.replaceAll('[hidden]', '\0').includes(encoded), masked)
        assert.ok(masked.includes('[hidden]'), masked)
      }),
    )
  })
}

test('finds a secret in base64 wherever it begins in it, and hides the whole piece', () => {
  fc.assert(
    fc.property(
      secrets,
      fc.string({ maxLength: 9 }),
      fc.string({ maxLength: 9 }),
      fc.constantFrom('base64' as const, 'base64url' as const),
      (secret, user, rest, encoding) => {
        const credentials = Buffer.from(`${user}:${secret}${rest}`).toString(encoding)
        assert.equal(
          new SecretMasker([secret]).mask(`refused: Basic ${credentials}, bye`),
          'refused: Basic [hidden], bye',
        )
      },
    ),
  )
})

test('leaves texts without a secret as they are', () => {
  const masker = new SecretMasker(['correct horse battery staple', 'Tr0ub4dor&3'])
  fc.assert(
    fc.property(fc.string({ maxLength: 200 }), (text) => {
      assert.equal(masker.mask(text), text)
    }),
  )
})
