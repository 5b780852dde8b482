"""A client of registries that return Protobuf schemas only as text.

confluent-kafka asks for `format=serialized`, which the registry of the tests ignores.
"""

import base64

import attrs
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient


class TextRegistry(SchemaRegistryClient):
    def __init__(self, url, message_type):
        super().__init__({"url": url})
        self._file = base64.b64encode(message_type.DESCRIPTOR.file.serialized_pb).decode()

    def get_latest_version(self, subject_name, fmt=None):
        latest = super().get_latest_version(subject_name)
        return attrs.evolve(latest, schema=self._serialized(latest.schema))

    def get_schema(self, schema_id, subject_name=None, fmt=None, reference_format=None):
        return self._serialized(super().get_schema(schema_id, subject_name))

    def _serialized(self, schema):
        return Schema(self._file, schema.schema_type, [])
