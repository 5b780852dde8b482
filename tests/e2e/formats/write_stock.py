"""Writes records with quixstreams and its serializers: `write_stock.py SERVER TOPIC`.

Standard input is a JSON array of whole keys and values.
"""

import json
import sys

from quixstreams import Application
from quixstreams.models.topics import TopicConfig

server, name = sys.argv[1:]
app = Application(broker_address=server, consumer_group="write-stock", auto_create_topics=False)
topic = app.topic(name, key_serializer="int", value_serializer="json", config=TopicConfig(3, 1))
with app.get_producer() as producer:
    for key, value in json.load(sys.stdin):
        message = topic.serialize(key=key, value=value)
        producer.produce(topic=topic.name, key=message.key, value=message.value, headers=message.headers)
