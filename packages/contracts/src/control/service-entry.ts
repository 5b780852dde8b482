import { z } from 'zod';

import { storedArguments } from './resource.ts';

/**
 * Records of the compacted topic `__quick-services`: the deployed services and the API keys, for
 * the data plane.
 * Only the manager writes them. Gateways, mirrors and the edge follow the topic, so that none of
 * them needs a running manager. Keys are `gateway/<name>`, `mirror/<process>` and
 * `key/<name>`. A tombstone
 * removes a service.
 */
export const SERVICES_TOPIC = '__quick-services';

const addresses = z.array(z.string().regex(/^(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\]):\d{1,5}$/));

const gatewayEntry = z.object({
  kind: z.literal('gateway'),
  name: z.string(),
  /** Version of the gateway's resource with this schema. */
  version: z.int().min(0),
  /** GraphQL SDL; null until one is applied. */
  schema: z.string().nullable(),
  /** Texts of the trusted documents. */
  documents: z.array(z.string()).exactOptional(),
  /** Texts of those that also have an id of a manifest, by that id. */
  documentIds: z.record(z.string(), z.string()).exactOptional(),
  /** Whether only these documents may run. */
  documentsOnly: z.boolean().exactOptional(),
  /** `host:port` of each running replica. */
  addresses,
});

const mirrorEntry = z.object({
  kind: z.literal('mirror'),
  /** Name of the process (all its replicas together), not of a topic. */
  name: z.string(),
  version: z.int().min(0),
  /** The topics that each of its replicas hosts. */
  topics: z.array(
    // An entry of an older manager has a range field without a type, which is then `number`.
    z.object({ topic: z.string(), ...storedArguments.shape }),
  ),
  /** Addresses of all replicas by ordinal, running or not. */
  addresses,
  copies: z.int().min(1),
});

/** A right with its limits; see `Grant` in common/access. */
export const keyGrant = z.strictObject({
  right: z.enum(['read', 'write', 'admin']),
  gateways: z.array(z.string()).exactOptional(),
  topics: z.array(z.string()).exactOptional(),
});

/** An API key. The key itself is stored nowhere. */
const keyEntry = z.object({
  kind: z.literal('key'),
  name: z.string(),
  version: z.int().min(0),
  grants: z.array(keyGrant),
  scopes: z.array(z.string()),
  /** The newest one is first. An older one is valid until its end. */
  digests: z.array(
    z.object({ sha256: z.string().regex(/^[\da-f]{64}$/), untilMs: z.int().exactOptional() }),
  ),
  createdMs: z.int(),
});

export const serviceEntry = z.discriminatedUnion('kind', [gatewayEntry, mirrorEntry, keyEntry]);

export type GatewayEntry = Readonly<z.infer<typeof gatewayEntry>>;
export type MirrorEntry = Readonly<z.infer<typeof mirrorEntry>>;
export type KeyEntry = Readonly<z.infer<typeof keyEntry>>;
export type ServiceEntry = GatewayEntry | MirrorEntry | KeyEntry;

export function serviceKey({ kind, name }: Pick<ServiceEntry, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** Undefined if the bytes are not an entry of a known form. */
export function parseServiceEntry(value: Buffer): ServiceEntry | undefined {
  try {
    return serviceEntry.safeParse(JSON.parse(value.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}

export function printServiceEntry(entry: ServiceEntry): Buffer {
  return Buffer.from(JSON.stringify(entry));
}
