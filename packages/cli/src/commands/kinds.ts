import type { ResourceKind } from '@quicksilver/resources/kinds';

import { usageError } from '../output/cli-error.ts';
import { didYouMean } from '../output/suggest.ts';

const KIND_WORDS: Readonly<Record<string, ResourceKind>> = {
  topic: 'topic',
  topics: 'topic',
  t: 'topic',
  mirror: 'mirror',
  mirrors: 'mirror',
  m: 'mirror',
  gateway: 'gateway',
  gateways: 'gateway',
  gw: 'gateway',
  application: 'application',
  applications: 'application',
  app: 'application',
  apps: 'application',
};

/** The kind for a word such as `gw`. Throws `CliError` for an unknown word. */
export function kindOf(word: string): ResourceKind {
  const kind = Object.hasOwn(KIND_WORDS, word.toLowerCase())
    ? KIND_WORDS[word.toLowerCase()]
    : undefined;
  if (kind === undefined) {
    throw usageError(
      `Expected topic, mirror, gateway or application, found "${word}".${didYouMean(word, Object.keys(KIND_WORDS))}`,
    );
  }
  return kind;
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
