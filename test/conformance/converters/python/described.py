"""Values as the tests compare them: every type told apart, numbers exact."""

import datetime
import decimal
import struct

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
DAY = datetime.timedelta(days=1)
MILLI = datetime.timedelta(milliseconds=1)


def describe(value):
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return {"int": str(value)}
    if isinstance(value, float):
        return {"float": struct.pack(">d", value).hex()}
    if isinstance(value, str):
        return {"string": value}
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": bytes(value).hex()}
    if isinstance(value, decimal.Decimal):
        sign, digits, exponent = value.as_tuple()
        unscaled = int("".join(map(str, digits)))
        return {"decimal": [str(-unscaled if sign else unscaled), -exponent]}
    if isinstance(value, datetime.datetime):
        return {"timestamp": (value - EPOCH) // MILLI}
    if isinstance(value, datetime.date):
        return {"date": (value - EPOCH.date()) // DAY}
    if isinstance(value, datetime.time):
        start = datetime.datetime.combine(datetime.date.min, datetime.time())
        return {"time": (datetime.datetime.combine(datetime.date.min, value) - start) // MILLI}
    if isinstance(value, list):
        return [describe(item) for item in value]
    return {"fields": sorted([key, describe(item)] for key, item in value.items())}


def main(answer):
    """One JSON question per line in, one JSON answer per line out."""
    import json
    import sys

    decimal.getcontext().prec = 1000
    for line in sys.stdin:
        try:
            result = answer(json.loads(line))
        except Exception as error:
            result = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(result), flush=True)
