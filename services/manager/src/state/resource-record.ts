import type { Resource, ResourceKind, SpecOf } from '@quicksilver/contracts/control/resource';
import { RANGE_TYPES, RESOURCE_KINDS } from '@quicksilver/contracts/control/resource';
import { z } from 'zod';

import type { Versioned } from './fold.ts';

const quickType = z.enum(['STRING', 'INTEGER', 'LONG', 'DOUBLE', 'JSON', 'SCHEMA']);
const quickValueType = z.enum([...quickType.options, 'AVRO']);
const texts = z.record(z.string(), z.string());
const typeReference = z.object({ gateway: z.string(), type: z.string() });

/** The spec in the record of each kind. Total on purpose. Unknown fields are dropped. */
const SPECS: { readonly [K in ResourceKind]: z.ZodType<SpecOf[K]> } = {
  topic: z.object({
    keyType: quickType,
    valueType: quickValueType,
    recordNames: z.boolean().exactOptional(),
    writeType: z.enum(['MUTABLE', 'IMMUTABLE']),
    keySchema: typeReference.exactOptional(),
    valueSchema: typeReference.exactOptional(),
    schema: z.string().exactOptional(),
    partitions: z.int(),
    replicationFactor: z.int(),
    configs: texts,
    isRegistered: z.boolean(),
  }),
  mirror: z.object({
    topic: z.string(),
    replicas: z.int(),
    isDedicated: z.boolean(),
    tag: z.string().exactOptional(),
    mirrorArguments: z.object({
      retentionTime: z.string().exactOptional(),
      retentionTombstones: z.boolean().exactOptional(),
      rangeField: z.string().exactOptional(),
      rangeKey: z.string().exactOptional(),
      rangeType: z.enum(RANGE_TYPES).exactOptional(),
    }),
  }),
  gateway: z.object({
    replicas: z.int(),
    tag: z.string().exactOptional(),
    schema: z.string().exactOptional(),
    documents: texts.exactOptional(),
    documentsOnly: z.boolean().exactOptional(),
  }),
  application: z.object({
    replicas: z.int(),
    command: z.array(z.string()).exactOptional(),
    image: z.object({ registry: z.string(), name: z.string(), tag: z.string() }).exactOptional(),
    port: z.int().exactOptional(),
    imagePullSecret: z.string().exactOptional(),
    environment: texts,
    arguments: texts,
  }),
};

const body = z.object({ spec: z.unknown(), isDeleting: z.boolean() });

export function entityOf(kind: ResourceKind, name: string): string {
  return `${kind}/${name}`;
}

/** Undefined if the entity is not a resource, was deleted, or has an unknown format. */
export function resourceOf(entity: string, versioned: Versioned): Resource | undefined {
  const slash = entity.indexOf('/');
  const kind = RESOURCE_KINDS.find((known) => known === entity.slice(0, slash));
  if (kind === undefined || versioned.body === null) {
    return undefined;
  }
  const read = body.safeParse(versioned.body);
  const spec = read.success ? SPECS[kind].safeParse(read.data.spec) : undefined;
  if (!read.success || spec?.success !== true) {
    return undefined;
  }
  return {
    kind,
    name: entity.slice(slash + 1),
    version: versioned.version,
    spec: spec.data,
    isDeleting: read.data.isDeleting,
  };
}

export function isKind<K extends ResourceKind>(
  resource: Resource | undefined,
  kind: K,
): resource is Resource<K> {
  return resource?.kind === kind;
}
