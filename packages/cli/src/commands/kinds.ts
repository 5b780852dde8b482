import type { ResourceKind } from '@quicksilver/common/control/resource';

import { didYouMean } from '../output/suggest.ts';
import { usageError } from '../output/cli-error.ts';

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

/** `gw` is a gateway. Throws `CliError` for a word that is no kind. */
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

/** A thing of a kind, as `gateway shop` or `gateway/shop`. */
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

/** As `kindAndName`, where one thing is meant. Throws `CliError` without a name. */
export function oneThing(args: readonly string[]): {
  readonly kind: ResourceKind;
  readonly name: string;
} {
  const { kind, name } = kindAndName(args);
  if (name === undefined || name === '') {
    throw usageError(
      `Expected the name of the ${kind}, found none.`,
      `List them with: quick get ${kind}`,
    );
  }
  return { kind, name };
}

/** `topic/products`, as kubectl writes it. */
export function labelOf(kind: ResourceKind, name: string): string {
  return `${kind === 'application' ? 'app' : kind}/${name}`;
}
