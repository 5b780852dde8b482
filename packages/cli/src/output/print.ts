import { stringify } from 'yaml';

import type { CommandCall } from '../grammar/command-call.ts';
import { tableText } from './table-text.ts';

/** One column: where it stands in the data, and how it is called in a table. */
export interface Field<T> {
  readonly header: string;
  readonly text: string;
  readonly isWide?: boolean;
  readonly read: (item: T) => string | undefined;
}

export interface Listing<T> {
  readonly fields: readonly Field<T>[];
  /** For `-o name`. */
  readonly nameOf: (item: T) => string;
  /** The format where none was asked for. */
  readonly format: string;
}

/** Prints items as `-o` says. */
export function printList<T>(call: CommandCall, items: readonly T[], listing: Listing<T>): void {
  const format = call.options.text('output') ?? listing.format;
  const { stdout } = call.around;
  if (format === 'help') {
    stdout.write(fieldsHelp(listing.fields));
  } else if (format === 'table' || format === 'wide') {
    const fields = listing.fields.filter(({ isWide }) => isWide !== true || format === 'wide');
    stdout.write(
      tableText(
        fields.map(({ header }) => header),
        items.map((item) => fields.map(({ read }) => read(item) ?? '')),
      ),
    );
  } else {
    stdout.write(dataText(items, items.map(listing.nameOf), format));
  }
}

/** Prints one item as `-o` says; `plain` is its text where nothing was asked for. */
export function printOne(
  call: CommandCall,
  item: Readonly<Record<string, unknown>>,
  one: { readonly name: string; readonly plain?: string; readonly format?: string },
): void {
  const format = call.options.text('output') ?? one.format;
  const { stdout } = call.around;
  if (format === 'help') {
    const fields = Object.keys(item).map((header) => ({ header, text: '', read: () => '' }));
    stdout.write(fieldsHelp(fields));
  } else if (format === undefined) {
    stdout.write(one.plain ?? '');
  } else if (format === 'json') {
    stdout.write(`${JSON.stringify(item, undefined, 2)}\n`);
  } else if (format === 'yaml') {
    stdout.write(stringify(item, { lineWidth: 0 }));
  } else {
    stdout.write(dataText([item], [one.name], format));
  }
}

function dataText(items: readonly unknown[], names: readonly string[], format: string): string {
  switch (format) {
    case 'json':
      return `${JSON.stringify(items, undefined, 2)}\n`;
    case 'yaml':
      return stringify(items, { lineWidth: 0 });
    case 'name':
      return names.map((name) => `${name}\n`).join('');
    default:
      return items.map((item) => `${JSON.stringify(item)}\n`).join('');
  }
}

/** What `-o help` says: the columns and what they mean. */
function fieldsHelp(
  fields: readonly { readonly header: string; readonly text: string; readonly isWide?: boolean }[],
): string {
  const width = Math.max(...fields.map(({ header }) => header.length));
  return fields
    .map(({ header, text, isWide }) =>
      `${header.padEnd(width)}   ${text}${isWide === true ? ' (-o wide)' : ''}`.trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join('');
}
