import type { ResourceKind } from '@quicksilver/resources/kinds';

import type { Description } from '../manager/manager-client.ts';
import type { Field } from '../output/print.ts';

const NAME: Field<Description> = { header: 'NAME', text: 'Name', read: ({ name }) => name };
const STATE: readonly Field<Description>[] = [
  { header: 'STATE', text: 'State', read: ({ status }) => status?.state ?? '-' },
  {
    header: 'REASON',
    text: 'Reason of the state',
    isWide: true,
    read: ({ status }) => status?.reason ?? '-',
  },
];

/** The columns of each kind of resource. */
export const FIELDS: Readonly<Record<ResourceKind, readonly Field<Description>[]>> = {
  topic: [
    NAME,
    member('KEY', 'keyType', 'Type of the keys'),
    member('VALUE', 'valueType', 'Type of the values'),
    member('WRITE', 'writeType', 'MUTABLE, or IMMUTABLE if each key can be written only once'),
    ...STATE,
  ],
  mirror: [
    NAME,
    member('TOPIC', 'topicName', 'Topic of the mirror'),
    member('REPLICAS', 'replicas', 'Desired number of replicas'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
  gateway: [
    NAME,
    member('REPLICAS', 'replicas', 'Desired number of replicas'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
  application: [
    NAME,
    member('REPLICAS', 'replicas', 'Desired number of replicas'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
};

/** A member of a description as text; `-` if it is missing. */
export function memberText(item: Description, name: string): string {
  const value = item[name];
  return value === undefined || value === null ? '-' : String(value);
}

function member(header: string, name: string, text: string): Field<Description> {
  return { header, text, read: (item) => memberText(item, name) };
}
