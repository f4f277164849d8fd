"""Reads whole files with pyarrow, fastavro and cramjam."""

import base64
import io
import json

import cramjam
import fastavro
import pyarrow
import pyarrow.parquet

from described import describe, main

XERIAL = b"\x82SNAPPY\x00"


def plain(kind, value):
    """A value of Arrow's as Python has it: maps come as lists of pairs."""
    if value is None:
        return None
    if pyarrow.types.is_map(kind):
        if pyarrow.types.is_string(kind.key_type):
            return {key: plain(kind.item_type, item) for key, item in value}
        return [{"key": key, "value": plain(kind.item_type, item)} for key, item in value]
    if pyarrow.types.is_list(kind):
        return [plain(kind.value_type, item) for item in value]
    if pyarrow.types.is_struct(kind):
        fields = [kind.field(i) for i in range(kind.num_fields)]
        return {field.name: plain(field.type, value[field.name]) for field in fields}
    return value


def parquet(data):
    table = pyarrow.parquet.read_table(io.BytesIO(data))
    rows = table.to_pylist()
    columns = [table.schema.field(i) for i in range(len(table.schema))]
    return {
        "rows": [describe({c.name: plain(c.type, row[c.name]) for c in columns}) for row in rows],
        "types": {c.name: str(c.type) for c in columns},
    }


def avro(data):
    reader = fastavro.reader(io.BytesIO(data))
    return {"rows": [describe(row) for row in reader], "codec": reader.codec}


def xerial(data):
    """The stream of snappy-java: a header of 16 bytes, then blocks with their length."""
    if data[:8] != XERIAL:
        raise ValueError("no stream of snappy-java")
    parts = []
    at = 16
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        parts.append(bytes(cramjam.snappy.decompress_raw(data[at + 4 : at + 4 + length])))
        at += 4 + length
    return b"".join(parts)


DECOMPRESS = {
    "none": lambda data: data,
    "gzip": lambda data: bytes(cramjam.gzip.decompress(data)),
    "zstd": lambda data: bytes(cramjam.zstd.decompress(data)),
    "snappy": xerial,
}


def answer(question):
    data = base64.b64decode(question["bytes"])
    if question["format"] == "parquet":
        return parquet(data)
    data = DECOMPRESS[question.get("compression", "none")](data)
    if question["format"] == "avro":
        return avro(data)
    if question["format"] == "json":
        return {"rows": [json.loads(line) for line in data.decode().splitlines()]}
    if question["format"] == "described json":
        # Not splitlines, which takes U+2028 for the end of a line too.
        lines = data.decode("utf-8").split("\n")[:-1]
        return {"rows": [describe(json.loads(line)) for line in lines]}
    return {"bytes": base64.b64encode(data).decode()}


main(answer)
