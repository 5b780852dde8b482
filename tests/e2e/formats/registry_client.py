"""Values of confluent-kafka's serializers: `registry_client.py ACTION FORMAT SEED COUNT SERVER REGISTRY TOPIC`.

`write` writes random values with the keys 0, 1 and so on. `verify` reads the same values from
standard input, a line of JSON each as the mirror shows them, and then the records of the topic with the keys i0, i1 and so on,
which Quicksilver wrote.
"""

import datetime
import random
import sys
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.json_schema import JSONDeserializer, JSONSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from other_client import (
    Decimal, as_parsed, avro_value, check_avro, equal, event_class, fill, same_message, several, text, whole,
)
from text_registry import TextRegistry

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
DEADLINE_S = 120
REGISTERED = {"auto.register.schemas": False, "use.latest.version": True}


def json_value(rng):
    value = {"id": whole(rng, 64), "ratio": rng.gauss(0, 1e6), "text": text(rng), "isGood": rng.random() < 0.5}
    if rng.random() < 0.5:
        value["tags"] = several(rng, lambda: text(rng))
        value["next"] = {"id": whole(rng, 32), "counts": {text(rng): whole(rng, 64)}}
    return value


def check_json(value, shown):
    assert plain(shown) == value, (shown, value)


def plain(shown):
    """Numbers as Python has them."""
    if isinstance(shown, Decimal):
        return int(shown) if shown == shown.to_integral_value() else float(shown)
    if isinstance(shown, dict):
        return {name: plain(each) for name, each in shown.items()}
    return [plain(each) for each in shown] if isinstance(shown, list) else shown


def without_types(value):
    """What fastavro reads, with logical types as the numbers and bytes below them."""
    price = int(value["price"].scaleb(6))
    return {
        **value,
        "price": price.to_bytes((price.bit_length() + 8) // 8, "big", signed=True),
        "at": (value["at"] - EPOCH) // datetime.timedelta(milliseconds=1),
        "day": (value["day"] - EPOCH.date()).days,
        "next": value["next"] and without_types(value["next"]),
    }


class Avro:
    def __init__(self, url):
        registry = SchemaRegistryClient({"url": url})
        self.write = AvroSerializer(registry, conf=REGISTERED)
        self.reader = AvroDeserializer(registry)

    make = staticmethod(avro_value)

    def show(self, value, shown):
        check_avro(value, as_parsed(shown))

    def read(self, octets, context):
        return without_types(self.reader(octets, context))

    def same(self, value, stored):
        return all(value[name] == stored[name] or equal(value[name], stored[name]) for name in value if name != "next") and (
            value["next"] is stored["next"] or self.same(value["next"], stored["next"])
        )


class Protobuf:
    def __init__(self, url):
        self.type = event_class()
        registry = TextRegistry(url, self.type)
        self.write = ProtobufSerializer(self.type, registry, {**REGISTERED, "use.deprecated.format": False})
        self.read = ProtobufDeserializer(self.type, {"use.deprecated.format": False}, registry)

    def make(self, rng):
        return fill(self.type(), rng)

    def show(self, value, shown):
        assert same_message(self.type, value, shown), shown

    def same(self, value, stored):
        return value.SerializeToString(deterministic=True) == stored.SerializeToString(deterministic=True)


class JsonSchema:
    def __init__(self, url):
        registry = SchemaRegistryClient({"url": url})
        self.write = JSONSerializer(None, registry, conf=REGISTERED)
        self.read = JSONDeserializer(None, schema_registry_client=registry)

    make = staticmethod(json_value)

    def show(self, value, shown):
        check_json(value, as_parsed(shown))

    def same(self, value, stored):
        return value == stored


FORMATS = {"AVRO": Avro, "PROTOBUF": Protobuf, "JSON_SCHEMA": JsonSchema}


def write(fmt, values, server, context):
    failures = []
    producer = Producer({"bootstrap.servers": server, "acks": "all"})
    for index, value in enumerate(values):
        octets = fmt.write(value, context)
        producer.produce(
            context.topic, key=str(index), value=octets, on_delivery=lambda error, _: error and failures.append(error)
        )
        producer.poll(0)
    if producer.flush(DEADLINE_S) or failures:
        sys.exit(f"Not all records were written: {failures}")


def stored_records(fmt, server, context, count):
    """By index, the values of the keys that begin with i."""
    consumer = Consumer({"bootstrap.servers": server, "group.id": "registry-client", "enable.auto.commit": False})
    partitions = consumer.list_topics(context.topic, timeout=DEADLINE_S).topics[context.topic].partitions
    consumer.assign([TopicPartition(context.topic, partition, 0) for partition in partitions])
    stored = {}
    end = time.monotonic() + DEADLINE_S
    while len(stored) < count:
        message = consumer.poll(1)
        assert time.monotonic() < end, f"{len(stored)} of {count} records were read."
        if message is not None and message.key().startswith(b"i"):
            assert not message.error(), message.error()
            stored[int(message.key()[1:])] = fmt.read(message.value(), context)
    consumer.close()
    return stored


def main(action, name, seed, count, server, url, topic):
    fmt = FORMATS[name](url)
    context = SerializationContext(topic, MessageField.VALUE)
    rng = random.Random(seed)
    values = [fmt.make(rng) for _ in range(int(count))]
    if action == "write":
        write(fmt, values, server, context)
    else:
        for value, line in zip(values, sys.stdin, strict=True):
            fmt.show(value, line)
        stored = stored_records(fmt, server, context, len(values))
        for index, value in enumerate(values):
            assert fmt.same(value, stored[index]), (index, value, stored[index])
    print("done", count)


main(*sys.argv[1:])
