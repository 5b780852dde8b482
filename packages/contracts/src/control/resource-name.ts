import { createHash } from 'node:crypto';

export const DNS_LABEL = /^[a-z](?:[-a-z0-9]{0,43}[a-z0-9])?$/;

/** Whether the text is a valid name of a gateway, a mirror or an application. */
export function isResourceName(name: string): boolean {
  return DNS_LABEL.test(name);
}

/** The rule for names, for error messages. */
export const RESOURCE_NAME_RULE =
  'a name begins with a lower-case letter, has up to 45 lower-case letters, digits and dashes, and does not end with a dash';

/** Namespaces of Kubernetes, and names of our own and of bakdata Quick's services. */
const RESERVED: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'quick-edge',
  'quick-ingest',
  'quick-manager',
  'quick-metadata',
]);

/** Whether the name is reserved, so that users cannot use it. */
export function isReservedName(name: string): boolean {
  return RESERVED.has(name);
}

const SLUG_LENGTH_MAX = 36;

/** The name of a topic's mirror: the topic's name if it is valid, else a slug of it with a hash. */
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
