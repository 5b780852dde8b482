import { DEFINITIONS, RESOURCE_KINDS, type ResourceKind } from '@quicksilver/resources/kinds';

import { usageError } from '../output/cli-error.ts';
import { didYouMean } from '../output/suggest.ts';

const WORDS = RESOURCE_KINDS.flatMap((kind) => DEFINITIONS[kind].words);

/** The kind for a word such as `gw`. Throws `CliError` for an unknown word. */
export function kindOf(word: string): ResourceKind {
  const kind = RESOURCE_KINDS.find((each) => DEFINITIONS[each].words.includes(word.toLowerCase()));
  if (kind === undefined) {
    throw usageError(
      `Expected ${listOf(RESOURCE_KINDS)}, found "${word}".${didYouMean(word, WORDS)}`,
    );
  }
  return kind;
}

/** A list of kinds in a sentence: `mirror, gateway or application`. */
export function listOf(kinds: readonly ResourceKind[]): string {
  return new Intl.ListFormat('en-GB', { type: 'disjunction' }).format(kinds);
}

/** Parses `gateway`, `gateway shop` or `gateway/shop`. */
export function kindAndName(args: readonly string[]): {
  readonly kind: ResourceKind;
  readonly name: string | undefined;
} {
  const [first = '', second] = args;
  const slash = first.indexOf('/');
  return second === undefined && slash > 0
    ? { kind: kindOf(first.slice(0, slash)), name: first.slice(slash + 1) }
    : { kind: kindOf(first), name: second };
}

/** Like `kindAndName`, but requires a name. Throws `CliError` without one. */
export function oneResource(args: readonly string[]): {
  readonly kind: ResourceKind;
  readonly name: string;
} {
  const { kind, name } = kindAndName(args);
  if (name === undefined || name === '') {
    throw usageError(
      `The name of the ${kind} is missing.`,
      `For the names, run: quick get ${kind}`,
    );
  }
  return { kind, name };
}
