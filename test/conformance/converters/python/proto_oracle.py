"""Reads Protobuf with protoc's own Python, and writes what it read: a line of JSON asks, a line of JSON answers."""

import base64
import json
import os
import struct
import sys
import tempfile

import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc

WELL_KNOWN = os.path.join(os.path.dirname(grpc_tools.__file__), "_proto")
OURS = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "proto")


def message_class(text, name):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "schema.proto")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        target = os.path.join(folder, "set.bin")
        arguments = ["protoc", f"-I{folder}", f"-I{OURS}", f"-I{WELL_KNOWN}"]
        if protoc.main([*arguments, "--include_imports", f"--descriptor_set_out={target}", path]) != 0:
            raise ValueError("protoc refuses the schema")
        files = descriptor_pb2.FileDescriptorSet()
        with open(target, "rb") as file:
            files.ParseFromString(file.read())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def scalar(field, value):
    if field.type == field.TYPE_MESSAGE:
        return describe(value)
    if field.type == field.TYPE_ENUM:
        return {"enum": field.enum_type.values_by_number[value].name}
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return {"string": value}
    return {"bytes": value.hex()}


def describe(message):
    fields = []
    for field, value in message.ListFields():
        if field.message_type is not None and field.message_type.GetOptions().map_entry:
            key, item = (field.message_type.fields_by_name[name] for name in ("key", "value"))
            pairs = [[scalar(key, k), scalar(item, value[k])] for k in value]
            fields.append([field.name, {"map": sorted(pairs, key=json.dumps)}])
        elif field.label == field.LABEL_REPEATED:
            fields.append([field.name, [scalar(field, item) for item in value]])
        else:
            fields.append([field.name, scalar(field, value)])
    return {"fields": sorted(fields, key=lambda pair: pair[0])}


def answer(question):
    message = message_class(question["text"], question["message"])()
    message.ParseFromString(base64.b64decode(question["bytes"]))
    again = message.SerializeToString(deterministic=True)
    return {"value": describe(message), "bytes": base64.b64encode(again).decode()}


for line in sys.stdin:
    try:
        result = answer(json.loads(line))
    except Exception as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(result), flush=True)
