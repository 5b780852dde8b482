import { Kind, print } from 'graphql';

import type { ScalarName } from '../binding/scalar-names.ts';
import { joinsOf, type Join, type JoinTarget } from './find-joins.ts';
import {
  camelCase,
  graphqlName,
  pascalCase,
  singular,
  UniqueNames,
  wordsOf,
} from './generated-names.ts';
import { GeneratedTypes, type GeneratedField, type GeneratedType } from './generated-types.ts';
import type { JsonValue } from './infer-shape.ts';
import { JSON_SHAPE, type Shape } from './record-shape.ts';
import type { SkippedTopic, SourceTopic } from './source-topic.ts';

/**
 * A schema for these topics: the types of their records, fields of Query by key, by keys and for
 * all records, a field of Subscription for each topic, and joins. Skipped topics are comments. The
 * schema is valid for the topics. Undefined without topics.
 */
export function generateSchema(
  topics: readonly SourceTopic[],
  skipped: readonly SkippedTopic[] = [],
): string | undefined {
  if (topics.length === 0) {
    return undefined;
  }
  const types = new GeneratedTypes();
  const queries = new UniqueNames();
  const subscriptions = new UniqueNames();
  const roots = topics.map((topic) => rootOf(topic, types));
  for (const { topic, shape } of roots) {
    for (const { value } of topic.records) {
      types.collect(shape, value);
    }
  }
  const targets = roots.flatMap(({ topic, type, root, keyField }): JoinTarget[] => {
    const isRecord = topic.value.kind === 'object' || topic.value.kind === 'union';
    const keys = new Set(topic.records.map(({ key }) => String(key)));
    return typeof topic.key !== 'string' || !isRecord || type === 'JSON'
      ? []
      : [{ topic, type, root, keyField, keys }];
  });
  const queryFields = roots.flatMap((root) => queryFieldsOf(root, queries));
  const subscriptionFields = roots.map((root) => subscriptionFieldOf(root, subscriptions));
  const objects = types.objects.map((type) => objectText(type, targets));
  return [
    ...skipped.map(({ name, why }) => `# Topic ${name} is left out. ${oneLine(why)}\n`),
    `type Query {\n${queryFields.join('\n')}\n}\n`,
    `type Subscription {\n${subscriptionFields.join('\n')}\n}\n`,
    ...objects,
    ...types.unions.map(({ name, members }) => `union ${name} = ${members.join(' | ')}\n`),
    ...types.enums.map(
      ({ name, shape }) =>
        `${described(shape.text, '')}enum ${name} {\n${shape.symbols.map((symbol) => `  ${symbol}\n`).join('')}}\n`,
    ),
    ...roots.flatMap(({ connection }) => connection?.text ?? []),
    ...roots.flatMap(({ key }) => key?.text ?? []),
  ].join('\n');
}

/** A topic with the type of its records. */
interface Root {
  readonly topic: SourceTopic;
  readonly shape: Shape;
  readonly type: string;
  readonly root: GeneratedType | undefined;
  readonly keyField: string | undefined;
  /** The words of its name, the last one in the singular. */
  readonly words: readonly string[];
  /** The types of its pages, if it is large. */
  readonly connection: NamedText | undefined;
  /** The type of arguments that are keys. */
  readonly key: KeyArgument | undefined;
}

interface NamedText {
  readonly name: string;
  /** The definitions of its types. */
  readonly text: string;
}

interface KeyArgument extends Pick<NamedText, 'name'> {
  /** Undefined for a scalar. */
  readonly text: string | undefined;
}

/** A type of pages is recognized by its name. */
const CONNECTION_SUFFIXES = ['Connection', 'Edge'];

function rootOf(topic: SourceTopic, types: GeneratedTypes): Root {
  const all = wordsOf(topic.name);
  const words = [...all.slice(0, -1), ...all.slice(-1).map(singular)];
  // A list as the value of one key would be read as a list of keys.
  const shape = topic.value.kind === 'list' ? JSON_SHAPE : topic.value;
  const type = types.typeOf(shape, pascalCase(words));
  const root = shape.kind === 'object' ? types.objectOf(shape, type) : undefined;
  const keyField = root?.fields.find((field) => isKeyField(field, topic))?.name;
  const connection = topic.isLarge ? connectionOf(type, words, types) : undefined;
  const key = keyArgumentOf(topic, words, types);
  return { topic, shape, type, root, keyField, words, connection, key };
}

function keyArgumentOf(
  { key }: SourceTopic,
  words: readonly string[],
  types: GeneratedTypes,
): KeyArgument | undefined {
  if (typeof key !== 'object') {
    return key && { name: key, text: undefined };
  }
  const stem = types.takeStem(pascalCase(words), ['Key']);
  const taken = new UniqueNames();
  const fields = key.fields.map(({ name: member, scalar }) => {
    const name = taken.take(graphqlName(member));
    return `  ${name}: ${scalar}!${name === member ? '' : ` @field(name: ${graphqlString(member)})`}\n`;
  });
  return { name: `${stem}Key`, text: `input ${stem}Key {\n${fields.join('')}}\n` };
}

const KEY_SCALARS: ReadonlySet<ScalarName> = new Set(['String', 'Int', 'Long']);

/** Whether the field has the key in every record of the sample. */
function isKeyField({ source }: GeneratedField, { records }: SourceTopic): boolean {
  const values = records.filter(({ value }) => typeof value === 'object' && value !== null);
  return (
    source.shape.kind === 'scalar' &&
    KEY_SCALARS.has(source.shape.scalar) &&
    values.length > 0 &&
    values.every(({ key, value }) => isSameKey(Reflect.get(Object(value), source.name), key))
  );
}

function isSameKey(member: JsonValue, key: JsonValue): boolean {
  return member !== null && member !== undefined && String(member) === String(key);
}

function connectionOf(type: string, words: readonly string[], types: GeneratedTypes): NamedText {
  const stem = types.takeStem(pascalCase(words), CONNECTION_SUFFIXES);
  const [name, edge] = CONNECTION_SUFFIXES.map((suffix) => `${stem}${suffix}`);
  return {
    name: name ?? stem,
    text: `type ${name} {\n  edges: [${edge}!]!\n  pageInfo: PageInfo!\n}\n\ntype ${edge} {\n  cursor: String!\n  node: ${type}\n}\n`,
  };
}

function queryFieldsOf(root: Root, names: UniqueNames): readonly string[] {
  const { topic, type, keyField, words, connection, key } = root;
  const one = camelCase(words);
  const plural = camelCase(wordsOf(topic.name));
  const many = plural === one ? `all${pascalCase(words)}` : plural;
  const directive = `@topic(name: ${JSON.stringify(topic.name)}`;
  const comment = `  # Topic ${topic.name}: ${oneLine(topic.note)}`;
  const listName = names.take(many);
  const list =
    connection === undefined
      ? `  "All records of the topic ${topic.name}."\n  ${listName}: [${type}] ${directive})`
      : `  "The records of the topic ${topic.name}, page by page."\n  ${listName}(first: Int, after: String): ${connection.name}! ${directive})`;
  if (key === undefined) {
    return [comment, list];
  }
  const argument = keyField ?? 'key';
  return [
    comment,
    `  "The record of the topic ${topic.name} with this key."\n  ${names.take(one)}(${argument}: ${key.name}!): ${type} ${directive}, keyArgument: "${argument}")`,
    `  "The records with these keys, in their order. A missing one is null."\n  ${names.take(`${many}ByKey`)}(keys: [${key.name}!]!): [${type}] ${directive}, keyArgument: "keys")`,
    list,
  ];
}

function subscriptionFieldOf({ topic, type, words, key }: Root, names: UniqueNames): string {
  const directive = `@topic(name: ${JSON.stringify(topic.name)}`;
  const name = names.take(`${camelCase(words)}Updates`);
  const text = `  "Every new record of the topic ${topic.name}, or those of one key."\n`;
  return key === undefined
    ? `  "Every new record of the topic ${topic.name}."\n  ${name}: ${type} ${directive})`
    : `${text}  ${name}(key: ${key.name}): ${type} ${directive}, keyArgument: "key")`;
}

function objectText(type: GeneratedType, targets: readonly JoinTarget[]): string {
  const names = new UniqueNames(type.fields.map(({ name }) => name));
  const lines = type.fields.flatMap((field) => [
    fieldText(field),
    ...joinsOf(type, field, targets).map((join) => joinText(field, join, names)),
  ]);
  return `${described(type.text, '')}type ${type.name} {\n${lines.join('\n')}\n}\n`;
}

function fieldText({ name, member, type, source }: GeneratedField): string {
  const directives = [
    ...(member === undefined ? [] : [`@field(name: ${graphqlString(member)})`]),
    ...(source.deprecated === undefined
      ? []
      : [`@deprecated(reason: ${graphqlString(source.deprecated)})`]),
  ];
  return `${described(source.text, '  ')}  ${[`${name}: ${type}`, ...directives].join(' ')}`;
}

function joinText(field: GeneratedField, join: Join, names: UniqueNames): string {
  const { target, name, isList, matches, compared, isField } = join;
  const { topic, type } = target;
  const among = topic.isComplete ? 'all records' : `the newest ${topic.records.length} records`;
  const seen = `${matches} of ${compared} values of ${field.name} are keys in ${among} of ${topic.name}.`;
  const unique = names.has(name) ? `${name}${pascalCase([type])}` : name;
  const text = `${isField ? names.take(unique) : unique}: ${isList ? `[${type}]` : type} @topic(name: ${JSON.stringify(topic.name)}, keyField: "${field.name}")`;
  return isField ? `  ${graphqlString(seen)}\n  ${text}` : `  # Perhaps: ${text}\n  # ${seen}`;
}

/** A description in a line of its own, or nothing. */
function described(text: string | undefined, indent: string): string {
  if (text === undefined) {
    return '';
  }
  const printed = text.includes('\n')
    ? print({ kind: Kind.STRING, value: text.toWellFormed(), block: true })
    : graphqlString(text);
  return `${printed
    .split('\n')
    .map((line) => `${indent}${line}`)
    .join('\n')}\n`;
}

function graphqlString(text: string): string {
  return print({ kind: Kind.STRING, value: text.toWellFormed() });
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
