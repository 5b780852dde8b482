import { z } from 'zod';

import { RANGE_TYPES } from './resource.ts';

/**
 * What the data plane must know of what was deployed: records of the compacted topic
 * `__quick-services`, written by the manager alone, followed by gateways, mirrors and the edge, so
 * that none of them needs the manager to be up. Keys are `gateway/<name>` and `mirror/<process>`; a
 * tombstone says that it is gone.
 */
export const SERVICES_TOPIC = '__quick-services';

const addresses = z.array(z.string().regex(/^(?:[^\s:/@?#]+|\[[\da-fA-F:.]+\]):\d{1,5}$/));

const gatewayEntry = z.object({
  kind: z.literal('gateway'),
  name: z.string(),
  /** Version of the gateway's resource that the schema comes from. */
  version: z.int().min(0),
  /** GraphQL SDL; null until one is applied. */
  schema: z.string().nullable(),
  /** Texts of the trusted documents. */
  documents: z.array(z.string()).exactOptional(),
  /** Whether nothing else may run. */
  documentsOnly: z.boolean().exactOptional(),
  /** `host:port` of each replica that runs. */
  addresses,
});

const mirrorEntry = z.object({
  kind: z.literal('mirror'),
  /** Name of the process (of all its replicas together), not of a topic. */
  name: z.string(),
  version: z.int().min(0),
  /** What each of its replicas hosts. */
  topics: z.array(
    z.object({
      topic: z.string(),
      retentionTime: z.string().exactOptional(),
      retentionTombstones: z.boolean().exactOptional(),
      rangeField: z.string().exactOptional(),
      rangeKey: z.string().exactOptional(),
      /** Always there with a range field; an entry of an older manager leaves it out for `number`. */
      rangeType: z.enum(RANGE_TYPES).exactOptional(),
    }),
  ),
  /** Of all replicas by ordinal, whether they run now or not. */
  addresses,
  copies: z.int().min(1),
});

export const serviceEntry = z.discriminatedUnion('kind', [gatewayEntry, mirrorEntry]);

export type GatewayEntry = Readonly<z.infer<typeof gatewayEntry>>;
export type MirrorEntry = Readonly<z.infer<typeof mirrorEntry>>;
export type ServiceEntry = GatewayEntry | MirrorEntry;

export function serviceKey({ kind, name }: Pick<ServiceEntry, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** Undefined where the bytes are not an entry of a form known here. */
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
