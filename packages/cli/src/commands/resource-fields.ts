import type { ResourceKind } from '@quicksilver/common/control/resource';

import type { Description } from '../manager/manager-client.ts';
import type { Field } from '../output/print.ts';

const NAME: Field<Description> = { header: 'NAME', text: 'Its name', read: ({ name }) => name };
const STATE: readonly Field<Description>[] = [
  { header: 'STATE', text: 'What became of it', read: ({ status }) => status?.state ?? '-' },
  {
    header: 'REASON',
    text: 'What is missing or wrong',
    isWide: true,
    read: ({ status }) => status?.reason ?? '-',
  },
];

/** The columns of each kind. */
export const FIELDS: Readonly<Record<ResourceKind, readonly Field<Description>[]>> = {
  topic: [
    NAME,
    member('KEY', 'keyType', 'Type of the keys'),
    member('VALUE', 'valueType', 'Type of the values'),
    member('WRITE', 'writeType', 'MUTABLE, or IMMUTABLE where a key is written once'),
    ...STATE,
  ],
  mirror: [
    NAME,
    member('TOPIC', 'topicName', 'The topic that it keeps'),
    member('REPLICAS', 'replicas', 'How many replicas it should have'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
  gateway: [
    NAME,
    member('REPLICAS', 'replicas', 'How many replicas it should have'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
  application: [
    NAME,
    member('REPLICAS', 'replicas', 'How many replicas it should have'),
    { ...member('TAG', 'tag', 'Image tag'), isWide: true },
    ...STATE,
  ],
};

/** A member of a description as text. */
export function memberText(item: Description, name: string): string {
  const value = item[name];
  return value === undefined || value === null ? '-' : String(value);
}

function member(header: string, name: string, text: string): Field<Description> {
  return { header, text, read: (item) => memberText(item, name) };
}
