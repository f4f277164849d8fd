import type { RegistrySchemaType } from '../registry/schema-registry-client.ts'

/** A schema, and a message said to be written with it, that somebody made to do harm. */
export interface HostileCase {
  readonly what: string
  readonly type: RegistrySchemaType | 'ENVELOPE'
  readonly schema: string
  readonly references?: readonly { readonly name: string; readonly text: string }[]
  /** Behind the id; for envelopes the payload's JSON. */
  readonly payload: Buffer
  readonly settings?: Readonly<Record<string, string>>
  /** What a reader is to make of it; absent where both are right. */
  readonly outcome?: 'refused' | 'read'
  /** True where only the watchdog ends it, which takes seconds: tried in the long suite. */
  readonly isSlow?: boolean
}

const times = (count: number, part: (i: number) => string, between = ''): string =>
  Array.from({ length: count }, (_, i) => part(i)).join(between)

/** A Protobuf payload of the file's first message. */
const proto = (bytes: Buffer = Buffer.alloc(0)): Buffer => Buffer.concat([Buffer.from([0]), bytes])
const nothing = Buffer.alloc(0)
const json = (text: string): Buffer => Buffer.from(text)

const PROTO = 'syntax = "proto3";\n'

/** Types each of which holds two of the next: as many leaves as 2 to the power of their number. */
const doubling = {
  proto: (n: number): string =>
    PROTO +
    times(n, (i) => `message M${i} { M${i + 1} a = 1; M${i + 1} b = 2; }\n`) +
    `message M${n} { int32 x = 1; }`,
  avro: (n: number, byDefault = ''): string =>
    Array.from({ length: n }, (_, i) => n - 1 - i).reduce(
      (inner, i) =>
        `{"type":"record","name":"M${i}","fields":[{"name":"a","type":${inner}${byDefault}},` +
        `{"name":"b","type":"M${i + 1}"${byDefault}}]}`,
      `{"type":"record","name":"M${n}","fields":[{"name":"x","type":"int"${byDefault === '' ? '' : ',"default":1'}}]}`,
    ),
  jsonSchema: (n: number, keyword: 'properties' | 'allOf'): string => {
    const two = (i: number): string =>
      keyword === 'properties'
        ? `{"type":"object","properties":{"a":{"$ref":"#/d/M${i + 1}"},"b":{"$ref":"#/d/M${i + 1}"}}}`
        : `{"allOf":[{"$ref":"#/d/M${i + 1}"},{"$ref":"#/d/M${i + 1}"}]}`
    const last = `"M${n}":{"type":"object","properties":{"x":{"type":"integer"}}}`
    return `{"$ref":"#/d/M0","d":{${times(n, (i) => `"M${i}":${two(i)},`)}${last}}}`
  },
}

const fields = (n: number): string => times(n, (i) => `int32 f${i} = ${i + 1};\n`)

/** One case for each way in which reading a schema, or a message with it, could take without end. */
export const HOSTILE_CASES: readonly HostileCase[] = [
  {
    what: 'messages of two of the next',
    type: 'PROTOBUF',
    schema: doubling.proto(40),
    payload: proto(),
    outcome: 'refused',
  },
  {
    what: 'messages of two of the next, in oneofs',
    type: 'PROTOBUF',
    outcome: 'refused',
    payload: proto(),
    schema:
      PROTO +
      times(40, (i) => `message M${i} { oneof o { M${i + 1} a = 1; M${i + 1} b = 2; } }\n`) +
      'message M40 { int32 x = 1; }',
  },
  {
    what: 'messages of two maps of the next',
    type: 'PROTOBUF',
    outcome: 'refused',
    payload: proto(),
    schema:
      PROTO +
      times(40, (i) => `message M${i} { map<string, M${i + 1}> a = 1; repeated M${i + 1} b = 2; }\n`) +
      'message M40 { int32 x = 1; }',
  },
  {
    what: 'a few messages of two of the next',
    type: 'PROTOBUF',
    schema: doubling.proto(10),
    payload: proto(),
    outcome: 'read',
  },
  {
    what: '60,000 fields',
    type: 'PROTOBUF',
    schema: `${PROTO}message A { ${fields(60_000)} }`,
    payload: proto(),
    outcome: 'refused',
  },
  {
    what: '2,000 fields',
    type: 'PROTOBUF',
    schema: `${PROTO}message A { ${fields(2_000)} }`,
    payload: proto(),
    outcome: 'read',
  },
  {
    what: '2,000 branches',
    type: 'PROTOBUF',
    schema: `${PROTO}message A { oneof o { ${fields(2_000)} } }`,
    payload: proto(),
    outcome: 'read',
  },
  {
    what: '20,000 oneofs',
    isSlow: true,
    type: 'PROTOBUF',
    payload: proto(),
    schema: `${PROTO}message A { ${times(20_000, (i) => `optional int32 f${i} = ${i + 1};`)} }`,
  },
  {
    what: 'names looked for in every message',
    isSlow: true,
    type: 'PROTOBUF',
    payload: proto(),
    schema: `${PROTO}message A { ${times(8_000, (i) => `message M${i} { message N${i} { N${(i * 7) % 8_000} f = 1; } }`)} }`,
  },
  {
    what: 'options looked through for each',
    isSlow: true,
    type: 'PROTOBUF',
    payload: proto(),
    schema: `${PROTO}message A { int32 f = 1 [${times(20_000, (i) => `(o${i}).x = ${i}`, ',')}]; }`,
  },
  {
    what: 'a text without end',
    isSlow: true,
    type: 'PROTOBUF',
    payload: proto(),
    outcome: 'refused',
    schema: `${PROTO}option x = "${'a\\"'.repeat(100_000)}`,
  },
  {
    what: 'an enum of 10,000 in 1,000 fields',
    isSlow: true,
    type: 'PROTOBUF',
    payload: proto(),
    outcome: 'refused',
    schema: `${PROTO}enum E { ${times(10_000, (i) => `S${i} = ${i};`)} } message A { ${times(1_000, (i) => `E f${i} = ${i + 1};`)} }`,
  },
  {
    what: 'messages in messages',
    type: 'PROTOBUF',
    payload: proto(),
    outcome: 'refused',
    schema: `${PROTO}${'message A {'.repeat(5_000)}${'}'.repeat(5_000)}`,
  },
  {
    what: 'a chain of messages',
    type: 'PROTOBUF',
    payload: proto(),
    outcome: 'refused',
    schema: `${PROTO}${times(2_000, (i) => `message M${i} { M${i + 1} a = 1; }\n`)}message M2000 { int32 x = 1; }`,
  },
  {
    what: 'a field in very many pieces',
    type: 'PROTOBUF',
    outcome: 'read',
    schema: `${PROTO}message A { B b = 1; } message B { repeated bytes c = 1; }`,
    payload: proto(Buffer.alloc(1_000_000, Buffer.from([0x0a, 0x02, 0x0a, 0x00]))),
  },
  {
    what: 'very many messages of very many fields',
    type: 'PROTOBUF',
    outcome: 'refused',
    schema: `${PROTO}message A { repeated B b = 1; } message B { ${fields(5_000)} }`,
    payload: proto(Buffer.alloc(1_000_000, Buffer.from([0x0a, 0x00]))),
  },
  {
    what: 'groups in groups',
    type: 'PROTOBUF',
    outcome: 'refused',
    schema: `${PROTO}message A { int32 a = 1; }`,
    payload: proto(Buffer.alloc(1_000_000, 0x13)),
  },

  {
    what: 'records of two of the next',
    type: 'AVRO',
    schema: doubling.avro(40),
    payload: Buffer.from([2]),
    outcome: 'refused',
  },
  {
    what: 'records of two of the next, with defaults',
    type: 'AVRO',
    schema: doubling.avro(40, ',"default":{}'),
    payload: Buffer.from([2]),
    outcome: 'refused',
  },
  {
    what: 'a few records of two of the next, with defaults',
    type: 'AVRO',
    schema: doubling.avro(6, ',"default":{}'),
    payload: Buffer.alloc(64, 2),
    outcome: 'read',
  },
  {
    what: '60,000 fields',
    type: 'AVRO',
    payload: Buffer.alloc(60_000),
    outcome: 'refused',
    schema:
      `{"type":"record","name":"A","fields":[${times(60_000, (i) => `{"name":"f${i}","type":"int"}`, ',')}]}`.replaceAll(
        '"name":"f',
        '"name":"f',
      ),
  },
  {
    what: '10,000 fields',
    type: 'AVRO',
    payload: Buffer.alloc(10_000),
    outcome: 'read',
    schema: `{"type":"record","name":"A","fields":[${times(10_000, (i) => `{"name":"f${i}","type":"int"}`, ',')}]}`,
  },
  {
    what: 'a union of 30,000',
    type: 'AVRO',
    payload: Buffer.from([0, 0]),
    schema: `[${times(30_000, (i) => `{"type":"fixed","size":1,"name":"N${i}"}`, ',')}]`,
  },
  {
    what: 'a union that names one type twice at its end',
    type: 'AVRO',
    payload: nothing,
    outcome: 'refused',
    schema: `[${times(20_000, (i) => `{"type":"enum","symbols":["a"],"name":"N${i}"}`, ',')},"N1"]`,
  },
  {
    what: 'lists in lists',
    type: 'AVRO',
    payload: nothing,
    outcome: 'refused',
    schema: `${'{"type":"array","items":'.repeat(10_000)}"int"${'}'.repeat(10_000)}`,
  },
  {
    what: 'nulls counted without end',
    type: 'AVRO',
    outcome: 'refused',
    schema: '{"type":"array","items":{"type":"record","name":"Empty","fields":[]}}',
    payload: Buffer.concat([Buffer.alloc(400_000, Buffer.from([0xc0, 0x9a, 0x0c])), Buffer.from([0])]),
  },
  {
    what: 'entries of nothing counted without end',
    type: 'AVRO',
    outcome: 'refused',
    schema:
      '{"type":"array","items":{"type":"record","name":"MapEntry","namespace":"io.confluent.connect.avro","fields":[' +
      '{"name":"key","type":{"type":"record","name":"Empty","fields":[]}},{"name":"value","type":"Empty"}]}}',
    payload: Buffer.concat([Buffer.alloc(400_000, Buffer.from([0xc0, 0x9a, 0x0c])), Buffer.from([0])]),
  },
  {
    what: 'an enum of 20,000 in 2,000 fields',
    type: 'AVRO',
    payload: nothing,
    outcome: 'refused',
    schema:
      `{"type":"record","name":"A","fields":[{"name":"e","type":{"type":"enum","name":"E","symbols":[${times(20_000, (i) => `"S${i}"`, ',')}]}}` +
      `${times(2_000, (i) => `,{"name":"f${i}","type":"E","default":"S0"}`)}]}`,
  },
  {
    what: 'a decimal of a scale without end',
    type: 'AVRO',
    payload: Buffer.from([2, 1]),
    schema: '{"type":"bytes","logicalType":"decimal","precision":1000000000,"scale":1000000000}',
  },
  {
    what: 'a decimal of a megabyte',
    type: 'AVRO',
    outcome: 'refused',
    schema: '{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}',
    payload: Buffer.concat([Buffer.from([0x80, 0x89, 0x7a]), Buffer.alloc(1_000_000, 0x7f)]),
  },
  {
    what: 'a text of more than a megabyte',
    type: 'AVRO',
    payload: nothing,
    outcome: 'refused',
    schema: `{"type":"int","doc":"${'x'.repeat(1_100_000)}"}`,
  },

  {
    what: 'objects of two of the next',
    type: 'JSON',
    schema: doubling.jsonSchema(40, 'properties'),
    payload: json('{}'),
    outcome: 'refused',
  },
  {
    what: 'objects that are all of two of the next',
    type: 'JSON',
    schema: doubling.jsonSchema(40, 'allOf'),
    payload: json('{}'),
    outcome: 'refused',
  },
  {
    what: 'a few objects of two of the next',
    type: 'JSON',
    schema: doubling.jsonSchema(8, 'properties'),
    payload: json('{}'),
    outcome: 'read',
  },
  {
    what: 'required names of 20,000 properties',
    type: 'JSON',
    payload: json('{}'),
    outcome: 'read',
    schema: `{"type":"object","required":[${times(20_000, (i) => `"f${i}"`, ',')}],"properties":{${times(20_000, (i) => `"f${i}":{"type":"integer"}`, ',')}}}`,
  },
  {
    what: 'a union of 5,000',
    type: 'JSON',
    payload: json('{"a":1}'),
    outcome: 'refused',
    schema: `{"oneOf":[${times(5_000, (i) => `{"type":"object","properties":{"a":{"type":"integer"},"b${i}":{"type":"integer"}}}`, ',')}]}`,
  },
  {
    what: 'types of a type',
    type: 'JSON',
    payload: json('1'),
    outcome: 'refused',
    schema: `{"type":[${times(30_000, () => '"string"', ',')}],${times(10_000, (i) => `"k${i}":1`, ',')}}`,
  },
  {
    what: 'definitions that name themselves, looked for',
    type: 'JSON',
    payload: json('{}'),
    outcome: 'read',
    schema: `{"type":"object","$defs":{${times(9_000, (i) => `"d${i}":{"$anchor":"a${i}","type":"integer"}`, ',')}},"properties":{${times(9_000, (i) => `"f${i}":{"$ref":"#a${i}"}`, ',')}}}`,
  },
  {
    what: 'references in references',
    type: 'JSON',
    payload: json('1'),
    outcome: 'refused',
    schema: `{"$ref":"#/d/0","d":[${times(5_000, (i) => `{"$ref":"#/d/${i + 1}"}`, ',')},{"type":"integer"}]}`,
  },
  {
    what: 'long references',
    type: 'JSON',
    payload: json('{}'),
    schema: `{"type":"object","d":{"type":"integer"},"properties":{${times(5_000, (i) => `"f${i}":{"$ref":"#/d${'~0'.repeat(20)}"}`, ',')}}}`,
  },
  {
    what: 'a default of 5,000 in 5,000 places',
    type: 'JSON',
    payload: json('{}'),
    outcome: 'refused',
    schema: `{"type":"object","d":{"type":"array","items":{"type":"integer"},"default":[${times(5_000, String, ',')}]},"properties":{${times(5_000, (i) => `"f${i}":{"$ref":"#/d"}`, ',')}}}`,
  },
  {
    what: 'a default of many wide objects',
    type: 'JSON',
    payload: json('[]'),
    outcome: 'refused',
    schema: `{"type":"array","items":{"type":"object","properties":{${times(1_000, (i) => `"f${i}":{"type":"integer"}`, ',')}}},"default":[${times(50_000, () => '{}', ',')}]}`,
  },
  {
    what: 'a pattern that backtracks without end, which nobody asks',
    type: 'JSON',
    payload: json(`"${'a'.repeat(100)}!"`),
    outcome: 'read',
    schema: '{"type":"string","pattern":"^(a+)+$","format":"regex"}',
  },
  {
    what: 'very many objects of very many properties',
    type: 'JSON',
    outcome: 'refused',
    schema: `{"type":"array","items":{"type":"object","properties":{${times(5_000, (i) => `"f${i}":{"type":"integer"}`, ',')}}}}`,
    payload: json(`[${times(100_000, () => '{}', ',')}]`),
  },
  {
    what: 'an enum of numbers',
    type: 'JSON',
    payload: json('"a"'),
    outcome: 'read',
    schema: '{"enum":["a",1.50,9007199254740993]}',
  },

  {
    what: '100,000 fields',
    type: 'ENVELOPE',
    payload: json('{}'),
    outcome: 'refused',
    schema: `{"type":"struct","fields":[${times(100_000, (i) => `{"field":"f${i}","type":"int32","optional":true}`, ',')}]}`,
  },
  {
    what: '20,000 fields',
    type: 'ENVELOPE',
    payload: json('{}'),
    outcome: 'read',
    schema: `{"type":"struct","fields":[${times(20_000, (i) => `{"field":"f${i}","type":"int32","optional":true}`, ',')}]}`,
  },
  {
    what: 'lists in lists',
    type: 'ENVELOPE',
    payload: json('[]'),
    outcome: 'refused',
    schema: `${'{"type":"array","items":'.repeat(900)}{"type":"int32"}${'}'.repeat(900)}`,
  },
  {
    what: 'lists in more lists than JSON may have',
    type: 'ENVELOPE',
    payload: json('[]'),
    outcome: 'refused',
    schema: `${'{"type":"array","items":'.repeat(100_000)}{"type":"int32"}${'}'.repeat(100_000)}`,
  },
  {
    what: 'a default of many wide structs',
    type: 'ENVELOPE',
    payload: json('[]'),
    outcome: 'refused',
    schema: `{"type":"array","items":{"type":"struct","fields":[${times(1_000, (i) => `{"field":"f${i}","type":"int32","optional":true}`, ',')}]},"default":[${times(50_000, () => '{}', ',')}]}`,
  },
  {
    what: 'very many structs of very many fields',
    type: 'ENVELOPE',
    outcome: 'refused',
    schema: `{"type":"array","items":{"type":"struct","fields":[${times(5_000, (i) => `{"field":"f${i}","type":"int32","optional":true}`, ',')}]}}`,
    payload: json(`[${times(100_000, () => '{}', ',')}]`),
  },
  {
    what: 'a number of a million digits',
    type: 'ENVELOPE',
    payload: json('9'.repeat(1_000_000)),
    outcome: 'refused',
    schema: '{"type":"bytes","name":"org.apache.kafka.connect.data.Decimal","parameters":{"scale":"2"}}',
  },
  {
    what: 'a number of a million digits and no schema',
    type: 'ENVELOPE',
    payload: json('9'.repeat(1_000_000)),
    outcome: 'refused',
    schema: 'null',
  },
]

/** The cases of this run: the slow ones only where a count of fuzz runs is asked for. */
export function hostileCases(): readonly HostileCase[] {
  const isLong = process.env['SPILLWAY_FUZZ_RUNS'] !== undefined
  return HOSTILE_CASES.filter(({ isSlow = false }) => isLong || !isSlow)
}
