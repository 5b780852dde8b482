import { pascalCase, wordsOf } from './generated-names.ts';
import type { JsonValue } from './infer-shape.ts';
import { JSON_SHAPE, type Shape, type ShapeField } from './record-shape.ts';
import {
  documented,
  enumShape,
  shapeOfVersions,
  type OpenObject,
  type SchemaVersion,
} from './schema-versions.ts';

/** A JSON Schema as text, and the schemas that it references by name. */
export interface JsonSchemaText {
  readonly text: string;
  readonly referred: readonly { readonly name: string; readonly text: string }[];
}

/**
 * The type of values that were written with any of these schemas, newest first. `description` and
 * `deprecated` are carried over. A field is not nullable if all schemas require it and every value
 * of the sample has it, because readers do not check values. `JSON` stands for what has no type of
 * GraphQL: maps, values of several types, and objects of several forms. Undefined without schemas.
 */
export function jsonSchemaShape(
  schemas: readonly JsonSchemaText[],
  sample: readonly JsonValue[],
): Shape | undefined {
  const versions = schemas.map((schema) => new JsonSchemaShapes(schema).version());
  const [newest] = versions;
  // Values have no names that would decide between objects of several forms.
  const shape = shapeOfVersions(
    versions.map((version) => ({ ...version, shape: sameName(version.shape, newest?.shape) })),
  );
  if (shape !== undefined) {
    for (const value of sample) {
      allowMissing(shape, value);
    }
  }
  return shape;
}

function sameName(shape: Shape, newest: Shape | undefined): Shape {
  return shape.kind === 'object' && newest?.kind === 'object' && shape.name !== newest.name
    ? { ...shape, name: newest.name }
    : shape;
}

/** Makes the fields nullable that the value does not have. */
function allowMissing(shape: Shape, value: JsonValue): void {
  if (shape.kind === 'list' && Array.isArray(value)) {
    for (const item of value) {
      allowMissing(shape.items, item);
    }
  }
  if (shape.kind === 'object' && typeof value === 'object' && value !== null) {
    for (const field of (shape as OpenObject).fields) {
      const member: unknown = Reflect.get(value, field.name);
      field.isNullable ||= member === undefined || member === null;
      allowMissing(field.shape, member);
    }
  }
}

type Node = Readonly<Record<string, unknown>>;
type Slot = Pick<ShapeField, 'shape' | 'isNullable'>;

const ANY: Slot = { shape: JSON_SHAPE, isNullable: true };

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX = 2 ** 63;

/** Reads one schema. */
class JsonSchemaShapes {
  readonly #document: unknown;
  readonly #referred: ReadonlyMap<string, unknown>;
  readonly #records = new Map<string, OpenObject>();
  readonly #byNode = new Map<unknown, Slot>();

  constructor({ text, referred }: JsonSchemaText) {
    this.#document = JSON.parse(text);
    this.#referred = new Map(referred.map((file) => [file.name, JSON.parse(file.text) as unknown]));
  }

  version(): SchemaVersion {
    const { shape } = this.#slotOf(this.#document, this.#document, undefined);
    return { shape, records: this.#records };
  }

  /** `document` is the schema in which the node is. `hint` is a name for its type. */
  #slotOf(schema: unknown, document: unknown, hint: string | undefined): Slot {
    const node = nodeOf(schema);
    if (node === undefined) {
      return ANY;
    }
    const known = this.#byNode.get(schema);
    if (known !== undefined) {
      return known;
    }
    // A reference to itself says nothing.
    this.#byNode.set(schema, ANY);
    const slot = this.#read(node, document, hint);
    this.#byNode.set(schema, slot);
    return slot;
  }

  #read(node: Node, document: unknown, hint: string | undefined): Slot {
    if (typeof node['$ref'] === 'string') {
      const target = this.#resolve(node['$ref'], document);
      return this.#slotOf(target.schema, target.document, target.name ?? hint);
    }
    const forms = [node['oneOf'], node['anyOf']].find((each) => Array.isArray(each));
    if (Array.isArray(forms)) {
      const remaining = forms.filter((form) => nodeOf(form)?.['type'] !== 'null');
      const [only] = remaining;
      const slot = remaining.length === 1 ? this.#slotOf(only, document, hint) : ANY;
      return { ...slot, isNullable: slot.isNullable || remaining.length < forms.length };
    }
    const types = typesOf(node);
    const isNullable = types.has('null') || listOf(node['enum']).includes(null);
    types.delete('null');
    const [type] = types;
    const isNumber = types.size === 2 && types.has('integer') && types.has('number');
    return {
      shape:
        types.size === 1 || isNumber
          ? this.#typeOf(isNumber ? 'number' : type, node, document, hint)
          : JSON_SHAPE,
      isNullable: isNullable || types.size === 0,
    };
  }

  #typeOf(type: unknown, node: Node, document: unknown, hint: string | undefined): Shape {
    switch (type) {
      case 'object':
        return this.#objectOf(node, document, hint);
      case 'array': {
        const { shape, isNullable } = this.#slotOf(node['items'], document, hint);
        return { kind: 'list', items: shape, hasNulls: isNullable };
      }
      case 'integer':
        return { kind: 'scalar', scalar: integerOf(node) };
      case 'number':
        return { kind: 'scalar', scalar: 'Float' };
      case 'boolean':
        return { kind: 'scalar', scalar: 'Boolean' };
      case 'string':
        return stringOf(node, hint);
      default:
        return JSON_SHAPE;
    }
  }

  #objectOf(node: Node, document: unknown, hint: string | undefined): Shape {
    const parts = [node, ...listOf(node['allOf'])].map((part) => this.#partOf(part, document));
    const properties = parts.flatMap((part) =>
      Object.entries(nodeOf(part.node['properties']) ?? {}).map(
        ([name, schema]) => ({ name, schema, document: part.document }) as const,
      ),
    );
    const required = new Set(parts.flatMap((part) => listOf(part.node['required'])));
    // Every type has the field `__typename` already.
    const members = new Map(properties.map((member) => [member.name, member]));
    members.delete('__typename');
    if (members.size === 0) {
      return JSON_SHAPE;
    }
    const title = textOf(node['title']);
    const name = title === undefined ? hint : pascalCase(wordsOf(title));
    const record: OpenObject = {
      kind: 'object',
      name,
      text: textOf(node['description']),
      fields: [],
    };
    // An object that contains itself uses this entry.
    this.#byNode.set(node, { shape: record, isNullable: false });
    // By its place, because a title may change between versions.
    this.#records.set(hint ?? '', record);
    for (const member of members.values()) {
      const { shape, isNullable } = this.#slotOf(
        member.schema,
        member.document,
        `${name ?? ''}${pascalCase(wordsOf(member.name))}`,
      );
      const about = nodeOf(member.schema);
      record.fields.push({
        name: member.name,
        shape,
        isNullable: isNullable || !required.has(member.name),
        ...documented(textOf(about?.['description']), about?.['deprecated']),
      });
    }
    return record;
  }

  #partOf(schema: unknown, document: unknown): { readonly node: Node; readonly document: unknown } {
    const node = nodeOf(schema) ?? {};
    const target =
      typeof node['$ref'] === 'string' ? this.#resolve(node['$ref'], document) : undefined;
    return target === undefined
      ? { node, document }
      : { node: nodeOf(target.schema) ?? {}, document: target.document };
  }

  /** What a reference names: a registered schema, or a part of it. */
  #resolve(
    reference: string,
    from: unknown,
  ): { readonly schema: unknown; readonly document: unknown; readonly name: string | undefined } {
    const [base = '', fragment = ''] = reference.split('#');
    const document =
      base === '' || nodeOf(from)?.['$id'] === base ? from : this.#referred.get(base);
    let schema = document;
    const path = fragment.split('/').slice(1);
    for (const part of path) {
      const name = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
      schema = nodeOf(schema)?.[name];
    }
    const last = path.at(-1);
    return { schema, document, name: last === undefined ? undefined : pascalCase(wordsOf(last)) };
  }
}

function nodeOf(schema: unknown): Node | undefined {
  return typeof schema === 'object' && schema !== null ? (schema as Node) : undefined;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** The types that the values have, also without the keyword. */
function typesOf(node: Node): Set<unknown> {
  const { type } = node;
  const values = 'const' in node ? [node['const']] : listOf(node['enum']);
  if (type !== undefined) {
    return new Set(Array.isArray(type) ? type : [type]);
  }
  return 'properties' in node || 'allOf' in node
    ? new Set(['object'])
    : new Set(values.map((value) => (value === null ? 'null' : typeof value)));
}

function integerOf(node: Node): 'Int' | 'Long' | 'BigInteger' {
  const bounds = ['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum']
    .map((name) => node[name])
    .filter((bound) => typeof bound === 'number');
  const largest = Math.max(...bounds.map(Math.abs));
  return bounds.length >= 2 && largest <= INT_MAX
    ? 'Int'
    : bounds.length > 0 && largest > LONG_MAX
      ? 'BigInteger'
      : 'Long';
}

function stringOf(node: Node, hint: string | undefined): Shape {
  const symbols = listOf(node['enum']).filter((symbol) => typeof symbol === 'string');
  if (symbols.length > 0) {
    const title = textOf(node['title']);
    const name = title === undefined ? hint : pascalCase(wordsOf(title));
    return enumShape(name ?? 'Symbol', symbols, textOf(node['description']));
  }
  return {
    kind: 'scalar',
    scalar:
      node['format'] === 'date-time'
        ? 'DateTime'
        : node['contentEncoding'] === 'base64'
          ? 'Bytes'
          : 'String',
  };
}
