"""Writes records with a client's own partitioner: `write_keys.py <client> <bootstrap server> <topic>`.

Each line of standard input is a JSON array of key and value; a value of null is a removal.
"""

import json
import sys

client, server, topic = sys.argv[1:]
records = [json.loads(line) for line in sys.stdin]
pairs = [(key.encode(), None if value is None else value.encode()) for key, value in records]

if client == "confluent-kafka":
    from confluent_kafka import Producer

    failures = []
    producer = Producer({"bootstrap.servers": server, "acks": "all"})
    for key, value in pairs:
        producer.produce(
            topic, key=key, value=value, on_delivery=lambda error, _: error and failures.append(error)
        )
    if producer.flush(60) or failures:
        sys.exit(f"Not all records were written: {failures}")
else:
    from kafka import KafkaProducer

    producer = KafkaProducer(bootstrap_servers=server, acks="all")
    futures = [producer.send(topic, key=key, value=value) for key, value in pairs]
    for future in futures:
        future.get(timeout=60)
    producer.close()
