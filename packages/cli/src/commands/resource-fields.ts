import { DEFINITIONS, type ResourceKind } from '@quicksilver/resources/kinds';
import type { Column } from '@quicksilver/resources/members';

import type { Description } from '../manager/manager-client.ts';
import type { Field } from '../output/print.ts';

const STATE: readonly Field<Description>[] = [
  { header: 'STATE', text: 'State', read: ({ status }) => status?.state ?? '-' },
  {
    header: 'REASON',
    text: 'Reason of the state',
    isWide: true,
    read: ({ status }) => status?.reason ?? '-',
  },
];

/** The columns of a kind of resource. */
export function fieldsOf(kind: ResourceKind): readonly Field<Description>[] {
  const kindColumns = DEFINITIONS[kind].columns.map(({ header, member, text, isWide = false }) => ({
    header,
    text,
    isWide,
    read: (item: Description) => memberText(item, member),
  }));
  return [...kindColumns, ...STATE];
}

/** A member of a description as text; `-` if it is missing. */
export function memberText(item: Description, member: Column['member']): string {
  const [name, inner] = typeof member === 'string' ? [member] : member;
  const outer = item[name];
  const value = inner === undefined ? outer : Object(outer)[inner];
  return value === undefined || value === null ? '-' : String(value);
}
