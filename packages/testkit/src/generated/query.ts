import type { Tape } from './tape.ts';
import { typeName, type Key, type World } from './world.ts';

const LEVELS_MAX = 5;
const KEYS_MAX = 6;
const ROOTS = ['one', 'many', 'known', 'all', 'range'] as const;

interface Arguments {
  readonly id?: Key;
  readonly ids?: readonly Key[];
  readonly from?: number;
  readonly to?: number;
}

/**
 * One field of a query with what it selects; `topic` is that of the objects it answers, if it
 * answers any.
 */
export interface Selected {
  readonly alias: string;
  readonly name: string;
  readonly topic: number | undefined;
  readonly args: Arguments;
  readonly wrap: 'plain' | 'inline' | 'named';
  readonly children: readonly Selected[];
}

/** A query with one field at its root. */
export interface GeneratedQuery {
  readonly root: (typeof ROOTS)[number];
  readonly topic: number;
  readonly field: Selected;
}

export function newQuery(tape: Tape, world: World): GeneratedQuery {
  let aliases = 0;
  const select = (of: Omit<Selected, 'alias' | 'wrap'>): Selected => {
    aliases += 1;
    const wrap = tape.pick(['plain', 'plain', 'inline', 'named'] as const);
    return { alias: `f${aliases}`, wrap, ...of };
  };
  const fieldsOf = (topic: number, levels: number): Selected[] => {
    const leaf = (): Selected =>
      select({
        name: tape.pick(['id', 'at', 'ref', 'refs']),
        topic: undefined,
        args: {},
        children: [],
      });
    const joins = levels === 0 ? [] : (world.topics[topic]?.joins ?? []);
    return [
      leaf(),
      ...tape.times(2, leaf),
      ...joins
        .filter(() => tape.below(3) > 0)
        .map((join) =>
          select({
            name: join.name,
            topic: join.topic,
            args: {},
            children: fieldsOf(join.topic, levels - 1),
          }),
        ),
    ];
  };
  const topic = tape.below(world.topics.length);
  const root = tape.pick(ROOTS);
  const args = argumentsOf(root, tape, world.keys);
  const children = fieldsOf(topic, 1 + tape.below(LEVELS_MAX - 1));
  const name = `${world.name}_${root}${topic}`;
  return { root, topic, field: select({ name, topic, args, children }) };
}

function argumentsOf(root: (typeof ROOTS)[number], tape: Tape, keys: readonly Key[]): Arguments {
  switch (root) {
    case 'all':
      return {};
    case 'one':
      return { id: tape.pick(keys) };
    case 'range': {
      const from = tape.below(3) - 1;
      return { id: tape.pick(keys), from, to: from + tape.below(4) };
    }
    case 'many':
    case 'known':
      return { ids: tape.times(KEYS_MAX, () => tape.pick(keys)) };
  }
}

/** The query as GraphQL, with fragments for fields of interfaces and unions. */
export function textOf({ field }: GeneratedQuery, world: World): string {
  const fragments: string[] = [];
  const print = (one: Selected, parent: string): string => {
    const args = Object.entries(one.args).map(
      ([name, value]) => `${name}: ${JSON.stringify(value)}`,
    );
    const type = one.topic === undefined ? '' : typeName(world, one.topic);
    const body = one.children.map((child) => print(child, type)).join(' ');
    const text = `${one.alias}: ${one.name}${args.length === 0 ? '' : `(${args.join(', ')})`}${body === '' ? '' : ` { ${body} }`}`;
    if (one.wrap === 'named') {
      fragments.push(`fragment ${one.alias}F on ${parent} { ${text} }`);
      return `...${one.alias}F`;
    }
    return one.wrap === 'inline' ? `... on ${parent} { ${text} }` : text;
  };
  return [`{ ${print(field, 'Query')} }`, ...fragments].join('\n');
}
