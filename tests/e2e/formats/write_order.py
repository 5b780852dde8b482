"""Writes an order with confluent-kafka, with the key a: `write_order.py SERVER REGISTRY TOPIC`.

Standard input is its JSON.
"""

import sys

from confluent_kafka import Producer
from confluent_kafka.schema_registry.protobuf import ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import json_format
from other_client import message_class
from text_registry import TextRegistry

server, url, topic = sys.argv[1:]
order_type = message_class("order.proto", "shop.Order")
order = json_format.Parse(sys.stdin.read(), order_type())
settings = {"auto.register.schemas": False, "use.latest.version": True}
serialize = ProtobufSerializer(order_type, TextRegistry(url, order_type), settings)
failures = []
producer = Producer({"bootstrap.servers": server, "acks": "all"})
producer.produce(
    topic,
    key="a",
    value=serialize(order, SerializationContext(topic, MessageField.VALUE)),
    on_delivery=lambda error, _: error and failures.append(error),
)
if producer.flush(60) or failures:
    sys.exit(f"The order was not written: {failures}")
