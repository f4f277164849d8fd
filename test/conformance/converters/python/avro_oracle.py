"""Reads Avro with fastavro, and writes what it read."""

import base64
import io

import fastavro

from described import describe, main


def answer(question):
    schema = fastavro.parse_schema(question["schema"])
    source = io.BytesIO(base64.b64decode(question["bytes"]))
    value = fastavro.schemaless_reader(source, schema)
    if source.read(1):
        raise ValueError("bytes are left")
    target = io.BytesIO()
    fastavro.schemaless_writer(target, schema, value)
    return {"value": describe(value), "bytes": base64.b64encode(target.getvalue()).decode()}


main(answer)
