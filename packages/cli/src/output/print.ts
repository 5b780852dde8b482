import { stringify } from 'yaml';

import type { Writer } from './surroundings.ts';
import { tableText } from './table-text.ts';

/** The destination of a command's data, and the format of `-o`. */
export interface Output {
  readonly format: string | undefined;
  readonly stdout: Writer;
}

/** One column of a table, with its description for `-o help`. */
export interface Field<T> {
  readonly header: string;
  readonly text: string;
  readonly isWide?: boolean;
  readonly read: (item: T) => string | undefined;
}

export interface Listing<T> {
  readonly fields: readonly Field<T>[];
  /** Text for `-o name`. */
  readonly nameOf: (item: T) => string;
  /** Format without `-o`. */
  readonly defaultFormat: string;
}

/** Prints items in the format of `-o`. */
export function printList<T>(output: Output, items: readonly T[], listing: Listing<T>): void {
  const { format = listing.defaultFormat, stdout } = output;
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

/** Prints one item in the format of `-o`; without `-o` as `plain` or in `defaultFormat`. */
export function printOne(
  output: Output,
  item: Readonly<Record<string, unknown>>,
  one: { readonly name: string; readonly plain?: string; readonly defaultFormat?: string },
): void {
  const { format = one.defaultFormat, stdout } = output;
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

/** The text of `-o help`: the columns and their meaning. */
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
