"""Random values of other implementations: fastavro, and Python's protobuf.

`generate` prints each as hexadecimal bytes. `verify` reads, for each of the same values, the JSON
that was read from those bytes and the bytes that were written from that JSON.
"""

import base64
import io
import json
import math
import random
import struct
import sys
import tempfile
from decimal import Decimal, getcontext
from pathlib import Path

import fastavro
import grpc_tools
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory
from grpc_tools import protoc

getcontext().prec = 60
HERE = Path(__file__).parent
AVRO = json.loads((HERE / "event.avsc").read_text())
RAW = json.loads(json.dumps(AVRO))
for field in RAW["fields"]:
    if isinstance(field["type"], dict):
        field["type"].pop("logicalType", None)
SCHEMA = fastavro.parse_schema(RAW)


def event_class():
    return message_class("event.proto", "formats.Event")


def message_class(file_name, name):
    with tempfile.TemporaryDirectory() as folder:
        out = f"{folder}/set"
        include = Path(grpc_tools.__file__).parent / "_proto"
        code = protoc.main(
            ["", f"-I{HERE}", f"-I{include}", "--include_imports", f"--descriptor_set_out={out}", file_name]
        )
        assert code == 0, "protoc failed"
        files = descriptor_pb2.FileDescriptorSet.FromString(Path(out).read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(name))


def whole(rng, bits, signed=True):
    least, most = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    edges = [least, most, 0, 1, 127, 128, 2**53 + 1 if bits > 53 else 300]
    return rng.choice(edges) if rng.random() < 0.3 else rng.randint(least, most) >> rng.randrange(bits)


def double(rng):
    return rng.choice([0.0, 1.5, -0.1, 5e-324, 1.7976931348623157e308, math.nan, math.inf, -math.inf, rng.gauss(0, 1e6)])


def single(rng):
    value = rng.choice([0.0, 0.1, -1e-45, 3.4028234663852886e38, math.nan, math.inf, rng.gauss(0, 1e3)])
    return struct.unpack("<f", struct.pack("<f", value))[0]


def text(rng):
    return "".join(rng.choice('ab"\\\n\x00\x7fé漢😀\u2028 ') for _ in range(rng.randrange(12)))


def octets(rng):
    return rng.randbytes(rng.randrange(20))


def several(rng, make, most=4):
    return [make() for _ in range(rng.randrange(most))]


def avro_value(rng, depth=0):
    return {
        "small": whole(rng, 32),
        "large": whole(rng, 64),
        "ratio": double(rng),
        "shortRatio": single(rng),
        "isGood": rng.random() < 0.5,
        "text": text(rng),
        "raw": octets(rng),
        "hash": rng.randbytes(5),
        "state": rng.choice(["UNKNOWN", "OPEN", "CLOSED"]),
        "price": decimal_bytes(rng.randint(-(10**30) + 1, 10**30 - 1) // 10 ** rng.randrange(30)),
        "at": rng.randint(-62135596800000, 253402300799999),
        "day": whole(rng, 20),
        "numbers": several(rng, lambda: whole(rng, 64)),
        "counts": {text(rng): whole(rng, 64) for _ in range(rng.randrange(3))},
        "maybe": rng.choice([None, text(rng), whole(rng, 64)]),
        "next": avro_value(rng, depth + 1) if depth < 4 and rng.random() < 0.4 else None,
    }


def decimal_bytes(unscaled):
    return unscaled.to_bytes((unscaled.bit_length() + 8) // 8, "big", signed=True)


def fill(event, rng, depth=0):
    event.small, event.large, event.unsigned = whole(rng, 32), whole(rng, 64), whole(rng, 64, False)
    event.zigzag, event.fixed, event.signed_fixed = whole(rng, 64), whole(rng, 32, False), whole(rng, 64)
    event.ratio, event.short_ratio, event.is_good = double(rng), single(rng), rng.random() < 0.5
    event.text, event.raw, event.state = text(rng), octets(rng), rng.choice([0, 1, 5, 77])
    event.numbers.extend(several(rng, lambda: whole(rng, 64)))
    event.texts.extend(several(rng, lambda: text(rng)))
    for _ in range(rng.randrange(3)):
        event.counts[text(rng)] = whole(rng, 64)
    if rng.random() < 0.5:
        event.maybe = rng.choice([0, whole(rng, 64)])
    kind = rng.randrange(3)
    if kind == 1:
        event.card = text(rng)
    elif kind == 2:
        event.cash.amount = whole(rng, 64)
        event.cash.coins.extend(several(rng, lambda: whole(rng, 32)))
    if rng.random() < 0.5:
        event.at.seconds = rng.randint(-62135596800, 253402300799)
        event.at.nanos = rng.choice([0, 500000000, 1, 999999999, 123456000])
    if rng.random() < 0.5:
        sign = rng.choice([-1, 1])
        event.took.seconds = sign * rng.randrange(315576000000)
        event.took.nanos = sign * rng.choice([0, 1, 999999999])
    if rng.random() < 0.3:
        event.extra.update({"a": [1.5, None, {"b": text(rng)}], text(rng): True})
    if rng.random() < 0.3:
        event.note.value = text(rng)
        event.counter.value = whole(rng, 64)
    if depth < 3 and rng.random() < 0.4:
        fill(event.children[whole(rng, 32)], rng, depth + 1)
        fill(event.items.add(), rng, depth + 1)
    return event


def number(value):
    """A double as JSON has it, with strings for what JSON lacks."""
    if isinstance(value, str):
        return float(value.replace("Infinity", "inf").replace("NaN", "nan"))
    return float(value)


def equal(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


def single_of(value):
    return struct.unpack("<f", struct.pack("<f", number(value)))[0]


def check_avro(value, read):
    for name, expected in value.items():
        actual = read[name]
        if name == "ratio":
            assert equal(number(actual), expected), (name, actual, expected)
        elif name == "shortRatio":
            assert equal(single_of(actual), expected), (name, actual, expected)
        elif name in ("raw", "hash"):
            assert base64.b64decode(actual, validate=True) == expected, (name, actual)
        elif name == "price":
            unscaled = int.from_bytes(expected, "big", signed=True)
            assert Decimal(actual) == Decimal(unscaled).scaleb(-6), (name, actual)
        elif name == "next" and expected is not None:
            check_avro(expected, actual)
        else:
            plain = int(actual) if isinstance(actual, Decimal) else actual
            plain = [int(each) for each in plain] if name == "numbers" else plain
            plain = {key: int(each) for key, each in plain.items()} if name == "counts" else plain
            assert plain == expected, (name, plain, expected)


def as_parsed(text):
    return json.loads(text, parse_int=Decimal, parse_float=Decimal)


def same_message(cls, message, json_text):
    """Python's own parser of Protobuf's JSON must get the same message from it."""
    parsed = json_format.Parse(json_text, cls(), max_recursion_depth=100)
    return parsed.SerializeToString(deterministic=True) == message.SerializeToString(deterministic=True)


def values(fmt, seed, count, cls):
    rng = random.Random(seed)
    for _ in range(count):
        yield avro_value(rng) if fmt == "AVRO" else fill(cls(), rng)


def avro_bytes(value):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, SCHEMA, value)
    return out.getvalue()


def main(action, fmt, seed, count):
    cls = event_class() if fmt == "PROTOBUF" else None
    for index, value in enumerate(values(fmt, int(seed), int(count), cls)):
        if action == "generate":
            print((avro_bytes(value) if fmt == "AVRO" else value.SerializeToString()).hex())
            continue
        line = json.loads(sys.stdin.readline())
        written = bytes.fromhex(line["hex"])
        if fmt == "AVRO":
            check_avro(value, as_parsed(line["json"]))
            again = fastavro.schemaless_reader(io.BytesIO(written), SCHEMA)
            assert repr(again) == repr(fastavro.schemaless_reader(io.BytesIO(avro_bytes(value)), SCHEMA)), index
        else:
            assert same_message(cls, value, line["json"]), (index, line["json"])
            again = cls.FromString(written)
            assert again.SerializeToString(deterministic=True) == value.SerializeToString(deterministic=True), (index, line["json"])
    print("done", count)


if __name__ == "__main__":
    main(*sys.argv[1:])
