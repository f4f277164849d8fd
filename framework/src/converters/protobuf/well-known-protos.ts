import type protobuf from 'protobufjs'
import { protobufjs } from './protobufjs.ts'
import { own } from '../../data/own.ts'

/** Files that schemas import without the registry naming them as references, beyond those the parser knows. */
const TEXTS: Readonly<Record<string, string>> = {
  'google/protobuf/descriptor.proto': `syntax = "proto2"; package google.protobuf;
    message FileOptions { extensions 1000 to max; } message MessageOptions { extensions 1000 to max; }
    message FieldOptions { extensions 1000 to max; } message OneofOptions { extensions 1000 to max; }
    message EnumOptions { extensions 1000 to max; } message EnumValueOptions { extensions 1000 to max; }
    message ServiceOptions { extensions 1000 to max; } message MethodOptions { extensions 1000 to max; }`,
  'google/type/date.proto': `syntax = "proto3"; package google.type;
    message Date { int32 year = 1; int32 month = 2; int32 day = 3; }`,
  'google/type/timeofday.proto': `syntax = "proto3"; package google.type;
    message TimeOfDay { int32 hours = 1; int32 minutes = 2; int32 seconds = 3; int32 nanos = 4; }`,
  'confluent/type/decimal.proto': `syntax = "proto3"; package confluent.type;
    message Decimal { bytes value = 1; uint32 precision = 2; int32 scale = 3; }`,
  'confluent/meta.proto': `syntax = "proto3"; package confluent;
    message Meta { string doc = 1; map<string, string> params = 2; repeated string tags = 3; }`,
}

/** Adds a well-known file to the root; false where the name means none. */
export function addWellKnown(name: string, root: protobuf.Root): boolean {
  const text = own(TEXTS, name)
  if (text !== undefined) {
    protobufjs().parse(text, root, { keepCase: true })
    return true
  }
  const common = protobufjs().common.get(name)
  if (common?.nested === undefined) return false
  root.addJSON(common.nested)
  return true
}
