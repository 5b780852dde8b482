import { isDeepStrictEqual } from 'node:util';

import { MASKED, MASKED_CHANGE } from '@quicksilver/contracts/control/masked-environment';

import type { Paint } from '../output/colour.ts';
import { labelOf } from '../output/resource-label.ts';
import type { Change } from './plan.ts';

const SIGNS = { created: '+', configured: '~', deleted: '-', unchanged: ' ' } as const;
const STYLES = {
  created: 'green',
  configured: 'yellow',
  deleted: 'red',
  unchanged: 'dim',
} as const;

/** The differences for people: one block for each resource that changes. */
export function diffText(changes: readonly Change[], paint: Paint): string {
  return changes
    .filter(({ result }) => result !== 'unchanged')
    .map((change) => {
      const head = `${SIGNS[change.result]} ${labelOf(change.kind, change.name)}`;
      const { breaking = [] } = change;
      return [
        paint(STYLES[change.result], head),
        ...membersText(change, paint),
        ...breaking.map((text) => paint('red', `    breaking change: ${text}`)),
        '',
      ].join('\n');
    })
    .join('');
}

function membersText(change: Change, paint: Paint): readonly string[] {
  const [before, after] = [flat(change.before), flat(change.after)];
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names
    .filter((name) => !isDeepStrictEqual(before[name], after[name]))
    .flatMap((name) => memberText(name, before[name], after[name], paint));
}

/** Makes each trusted document and each variable a member, and hides the values of variables. */
function flat({
  documents,
  environment,
  ...members
}: NonNullable<Change['after']> = {}): NonNullable<Change['after']> {
  return {
    ...members,
    ...named('documents/', documents, (text) => text),
    // What a project wants has the values themselves, what the manager says has none.
    ...named('environment.', environment, (value) => (value === MASKED_CHANGE ? value : MASKED)),
  };
}

function named(
  prefix: string,
  members: unknown,
  toShown: (value: unknown) => unknown,
): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(members ?? {}).map(([name, value]) => [`${prefix}${name}`, toShown(value)]),
  );
}

function memberText(name: string, from: unknown, to: unknown, paint: Paint): readonly string[] {
  if (isLong(from) || isLong(to)) {
    return [
      `    ${name}:`,
      ...lineDiff(linesOf(from), linesOf(to)).map(({ sign, line }) =>
        `      ${sign === ' ' ? ` ${line}` : paint(sign === '+' ? 'green' : 'red', sign + line)}`.trimEnd(),
      ),
    ];
  }
  return [
    from === undefined
      ? `    ${name}: ${valueText(to)}`
      : `    ${name}: ${valueText(from)} -> ${valueText(to)}`,
  ];
}

function isLong(value: unknown): boolean {
  return typeof value === 'string' && value.includes('\n');
}

function linesOf(value: unknown): readonly string[] {
  return typeof value === 'string' && value !== '' ? value.replace(/\n$/, '').split('\n') : [];
}

function valueText(value: unknown): string {
  return value === undefined ? '(none)' : typeof value === 'string' ? value : JSON.stringify(value);
}

interface DiffLine {
  readonly sign: ' ' | '+' | '-';
  readonly line: string;
}

const CONTEXT = 2;
/** Longer texts would take too long to compare, and too long to read. */
const LINES_MAX = 2_000;

/** The changed lines with some context, by the longest common subsequence. */
export function lineDiff(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  if (from.length > LINES_MAX || to.length > LINES_MAX) {
    return [
      { sign: '-', line: `${from.length} lines` },
      { sign: '+', line: `${to.length} lines` },
    ];
  }
  const all = allLines(from, to);
  const isNear = all.map((_, at) =>
    all.slice(Math.max(0, at - CONTEXT), at + CONTEXT + 1).some(({ sign }) => sign !== ' '),
  );
  return all.filter((_, at) => isNear[at] === true);
}

function allLines(from: readonly string[], to: readonly string[]): readonly DiffLine[] {
  // Lengths of the longest common subsequences of the remaining lines from i and j on.
  const width = to.length + 1;
  const lengths = new Uint16Array((from.length + 1) * width);
  const lengthAt = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = from.length - 1; i >= 0; i -= 1) {
    for (let j = to.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] =
        from[i] === to[j]
          ? lengthAt(i + 1, j + 1) + 1
          : Math.max(lengthAt(i + 1, j), lengthAt(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let i = 0;
  let j = 0;
  while (i < from.length || j < to.length) {
    const [old, fresh] = [from[i], to[j]];
    if (old !== undefined && old === fresh) {
      lines.push({ sign: ' ', line: old });
      i += 1;
      j += 1;
    } else if (
      old !== undefined &&
      (fresh === undefined || lengthAt(i + 1, j) >= lengthAt(i, j + 1))
    ) {
      lines.push({ sign: '-', line: old });
      i += 1;
    } else {
      lines.push({ sign: '+', line: fresh ?? '' });
      j += 1;
    }
  }
  return lines;
}
