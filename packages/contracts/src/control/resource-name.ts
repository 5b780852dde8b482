import { createHash } from 'node:crypto';

export const DNS_LABEL = /^[a-z](?:[-a-z0-9]{0,43}[a-z0-9])?$/;

/** Whether a gateway, a mirror or an application may have this name. */
export function isResourceName(name: string): boolean {
  return DNS_LABEL.test(name);
}

/** What to tell somebody who chose another one. */
export const RESOURCE_NAME_RULE =
  'a name begins with a lower-case letter, has up to 45 lower-case letters, digits and dashes, and does not end with a dash';

/** Namespaces of Kubernetes, and the parts of an installation, of Quick's too. */
const RESERVED: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'quick-edge',
  'quick-ingest',
  'quick-manager',
  'quick-metadata',
]);

/** Whether no user may give this name to a gateway, a mirror or an application. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}

const SLUG_LENGTH_MAX = 36;

/** The name of a topic's mirror: the topic's own where that is a free name, else a slug of it with a hash. */
export function mirrorNameOf(topic: string): string {
  if (isResourceName(topic) && !isReservedName(topic)) {
    return topic;
  }
  const hash = createHash('sha256').update(topic).digest('hex').slice(0, 8);
  const slug = topic
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, SLUG_LENGTH_MAX)
    .replace(/-+$/, '');
  return slug === '' ? `t-${hash}` : `${slug}-${hash}`;
}
