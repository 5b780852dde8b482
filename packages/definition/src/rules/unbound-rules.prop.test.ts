import fc from 'fast-check';
import { expect, test } from 'vitest';

import { DefinitionError } from '../problems/definition-error.ts';
import { parseDefinition } from '../parse/parse-definition.ts';

const SCHEMAS = 200;
const TYPES = 7;
const UNANSWERED =
  /^(\w+\.\w+) (?:never has a value|does nothing)|^Subscription field (\w+) (?:needs @topic|has nothing to follow)|Kafka subscription must not/;

/** How a field gets a value: `listed` and `joined` have @topic, and the others do not. */
type Field =
  | { readonly kind: 'listed' | 'joined' | 'scalar' }
  | { readonly kind: 'object' | 'list'; readonly type: number };

interface Model {
  readonly types: readonly (readonly Field[])[];
  readonly query: readonly Field[];
  readonly mutation: readonly Field[];
  readonly subscription: readonly Field[];
}

const typed = (kind: 'object' | 'list'): fc.Arbitrary<Field> =>
  fc.nat({ max: TYPES - 1 }).map((type) => ({ kind, type }));
const plain = (kind: 'listed' | 'joined' | 'scalar'): fc.Arbitrary<Field> => fc.constant({ kind });
const memberOf = (...rare: readonly fc.Arbitrary<Field>[]): fc.Arbitrary<Field> =>
  fc.oneof({ weight: 4, arbitrary: typed('object') }, plain('listed'), ...rare);
const members = fc.array(memberOf(plain('joined'), plain('scalar'), typed('list')), {
  minLength: 1,
  maxLength: 3,
});
/** Types of groups alone, which random fields would rarely have. */
const groups = fc.array(memberOf(), { minLength: 1, maxLength: 2 });
const roots = fc.array(fc.oneof(typed('object'), plain('scalar'), typed('list')), {
  minLength: 1,
  maxLength: 4,
});
const models: fc.Arbitrary<Model> = fc.record({
  types: fc.array(fc.oneof(members, groups), { minLength: TYPES, maxLength: TYPES }),
  query: roots,
  mutation: roots,
  subscription: roots,
});

function textOf(field: Field, name: string): string {
  switch (field.kind) {
    case 'listed':
      return `${name}: [R] @topic(name: "t")`;
    case 'joined':
      return `${name}: R @topic(name: "t", keyField: "k")`;
    case 'scalar':
      return `${name}: Int`;
    case 'object':
      return `${name}: T${field.type}`;
    case 'list':
      return `${name}: [T${field.type}]`;
  }
}

function schemaOf({ types, query, mutation, subscription }: Model): string {
  const body = (fields: readonly Field[]): string =>
    fields.map((field, at) => textOf(field, `f${at}`)).join(' ');
  const key = (fields: readonly Field[]): string =>
    fields.some(({ kind }) => kind === 'joined') ? 'k: ID ' : '';
  return [
    `type Query { all: [R] @topic(name: "t") ${body(query)} }`,
    `type Mutation { ${body(mutation)} }`,
    `type Subscription { ${body(subscription)} }`,
    'type R { x: Int }',
    ...types.map((fields, at) => `type T${at} { ${key(fields)}${body(fields)} }`),
  ].join('\n');
}

/** Walks the fields of each path by itself. */
class Oracle {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  unanswered(): readonly string[] {
    const { query, mutation, subscription } = this.#model;
    const names = (root: string, fields: readonly Field[], isAnswered: (field: Field) => boolean) =>
      fields.flatMap((field, at) => (isAnswered(field) ? [] : [`${root}.f${at}`]));
    return [
      ...names('Query', query, (field) => this.#hasValue(field, [])),
      ...names('Mutation', mutation, (field) => this.#isAction(field, [])),
      ...names('Subscription', subscription, (field) => this.#hasEvents(field)),
    ];
  }

  /** Whether the field, or one below it, has a value without a record. */
  #hasValue(field: Field, path: readonly number[]): boolean {
    return (
      field.kind === 'listed' ||
      (field.kind === 'object' &&
        !path.includes(field.type) &&
        this.#fields(field.type).some((below) => this.#hasValue(below, [...path, field.type])))
    );
  }

  /** Whether the field and all below it have a value. */
  #isAction(field: Field, path: readonly number[]): boolean {
    if (field.kind !== 'object') {
      return field.kind === 'listed';
    }
    return (
      path.includes(field.type) ||
      (this.#hasValue(field, []) &&
        this.#fields(field.type).every((below) => this.#isAction(below, [...path, field.type])))
    );
  }

  /** Whether there is a topic with one record for each event. */
  #hasEvents(field: Field): boolean {
    return (
      field.kind === 'object' && this.#fields(field.type).some(({ kind }) => kind === 'joined')
    );
  }

  /** The key of a joined field is a field without a value of its own. */
  #fields(type: number): readonly Field[] {
    const fields = this.#model.types[type] ?? [];
    return fields.some(({ kind }) => kind === 'joined') ? [{ kind: 'scalar' }, ...fields] : fields;
  }
}

function refusedFields(sdl: string): readonly string[] {
  try {
    parseDefinition(sdl);
    return [];
  } catch (error) {
    if (!(error instanceof DefinitionError)) {
      throw error;
    }
    const line = sdl.split('\n')[2] ?? '';
    return error.problems.flatMap(({ message, column }) => {
      const [isUnanswered, field, event] = UNANSWERED.exec(message) ?? [];
      // The error of a list does not name its field.
      const [atColumn] = /^\w+/.exec(line.slice(column - 1)) ?? [];
      return isUnanswered === undefined ? [] : [field ?? `Subscription.${event ?? atColumn}`];
    });
  }
}

test('exactly the fields that nothing answers are refused, at any depth', () => {
  let refused = 0;
  let accepted = 0;
  fc.assert(
    fc.property(models, (model) => {
      const sdl = schemaOf(model);
      const expected = new Oracle(model).unanswered();
      refused += expected.length;
      accepted +=
        model.query.length + model.mutation.length + model.subscription.length - expected.length;
      expect(refusedFields(sdl).toSorted(), sdl).toEqual(expected.toSorted());
    }),
    { numRuns: SCHEMAS },
  );
  // Otherwise the test would prove nothing.
  expect(refused).toBeGreaterThan(SCHEMAS / 2);
  expect(accepted).toBeGreaterThan(SCHEMAS / 2);
});
