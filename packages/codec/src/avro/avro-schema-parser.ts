import { AppError } from '@quicksilver/common/errors/app-error';
import { excerpt } from '../excerpt.ts';
import { splitArray, splitObject, unquote } from '../json-text.ts';
import { decimalOf } from './avro-decimal.ts';
import { fullName } from './avro-names.ts';
import type {
  AvroField,
  AvroType,
  EnumType,
  FixedType,
  NamedType,
  PrimitiveType,
  RecordType,
} from './avro-type.ts';

type Members = ReadonlyMap<string, string>;
type Space = string | undefined;

/**
 * Parses schemas as the readers of Avro's Java library do: it accepts what 1.11 or 1.12 accepts
 * without validation of defaults. Only writers use defaults, so they stay text. The text of a
 * schema is split and never parsed as a whole, so that numbers keep their digits.
 *
 * The schemas: https://avro.apache.org/docs/1.12.0/specification/#schema-declaration
 */
export class AvroSchemaParser {
  readonly #named = new Map<string, NamedType>();
  /** Types that were referenced before their definition. The definition completes them. */
  readonly #awaited = new Map<string, NamedType>();

  /** The text has passed `checkJsonForm`. Throws `AppError` TYPE_MISMATCH if it is no schema. */
  parse(text: string): AvroType {
    const type = this.#parse(text.trim(), undefined);
    const [missing] = this.#awaited.keys();
    if (missing !== undefined) {
      throw invalidSchema(`it refers to ${quote(missing)}, which is not defined`);
    }
    return type;
  }

  #parse(json: string, space: Space): AvroType {
    if (json.startsWith('"')) {
      return this.#reference(unquote(json), space);
    }
    if (json.startsWith('[')) {
      return this.#union(json, space);
    }
    if (!json.startsWith('{')) {
      throw invalidSchema(`expected a type, found ${excerpt(json)}`);
    }
    const members = membersOf(json);
    const type = textOf(members, 'type');
    switch (type) {
      case undefined:
        throw invalidSchema(`a type lacks the text "type": ${excerpt(json)}`);
      case 'record':
      case 'error':
        return this.#record(members, space);
      case 'enum':
        return this.#enum(members, space);
      case 'fixed':
        return this.#fixed(members, space);
      case 'array':
        return { kind: 'array', items: this.#parse(required(members, 'items', json), space) };
      case 'map':
        return { kind: 'map', values: this.#parse(required(members, 'values', json), space) };
      case 'bytes':
        return { kind: 'bytes', decimal: decimalOf(members, undefined) };
      default:
        return this.#reference(type, space);
    }
  }

  #reference(name: string, space: Space): AvroType {
    if (name === 'bytes') {
      return BYTES;
    }
    const primitive = PRIMITIVES.get(name);
    if (primitive !== undefined) {
      return primitive;
    }
    const full = qualified(name, space);
    const known = this.#named.get(full) ?? this.#named.get(name) ?? this.#awaited.get(full);
    if (known !== undefined) {
      return known;
    }
    const awaited = { name: full } as NamedType;
    this.#awaited.set(full, awaited);
    return awaited;
  }

  #record(members: Members, space: Space): RecordType {
    const name = nameOf(members, space);
    // A field may have the type of the record itself.
    const fields: AvroField[] = [];
    const record = this.#define({ kind: 'record', name, fields });
    const items = splitArray(members.get('fields') ?? '');
    if (items === undefined) {
      throw invalidSchema(`record ${quote(name)} has no array "fields"`);
    }
    const names = new Set<string>();
    for (const item of items) {
      const field = this.#field(item, name);
      if (names.has(field.name)) {
        throw invalidSchema(`record ${quote(name)} has two fields ${quote(field.name)}`);
      }
      names.add(field.name);
      fields.push(field);
    }
    checkAliases(members, name);
    return record;
  }

  #field(json: string, record: string): AvroField {
    const members = membersOf(json);
    const name = textOf(members, 'name');
    if (name === undefined) {
      throw invalidSchema(`a field of record ${quote(record)} lacks the text "name"`);
    }
    const at = `field ${quote(name)} of record ${quote(record)}`;
    checkName(name, at);
    const order = members.get('order');
    if (order !== undefined && !ORDER.test(order)) {
      throw invalidSchema(`${at} has the order ${excerpt(order)}`);
    }
    checkAliasList(members, at);
    const type = this.#parse(required(members, 'type', at), spaceOf(record));
    return { name, type, fallback: members.get('default') };
  }

  #enum(members: Members, space: Space): EnumType {
    const name = nameOf(members, space);
    const symbols = splitArray(members.get('symbols') ?? '')?.map((symbol) => {
      const text = symbol.startsWith('"') ? unquote(symbol) : undefined;
      return checkName(text ?? '', `symbol ${excerpt(symbol)} of enum ${quote(name)}`);
    });
    if (symbols === undefined) {
      throw invalidSchema(`enum ${quote(name)} has no array "symbols"`);
    }
    const twice = symbols.find((symbol, at) => symbols.indexOf(symbol) !== at);
    if (twice !== undefined) {
      throw invalidSchema(`enum ${quote(name)} has the symbol ${quote(twice)} twice`);
    }
    const fallback = textOf(members, 'default');
    if (fallback !== undefined && !symbols.includes(fallback)) {
      throw invalidSchema(`enum ${quote(name)} has no symbol ${quote(fallback)}, its default`);
    }
    checkAliases(members, name);
    return this.#define({ kind: 'enum', name, symbols });
  }

  #fixed(members: Members, space: Space): FixedType {
    const name = nameOf(members, space);
    const json = members.get('size') ?? 'nothing';
    const size = WHOLE.test(json) ? Number(json) : undefined;
    if (size === undefined || size > FIXED_BYTES_MAX) {
      throw invalidSchema(`fixed ${quote(name)} has the size ${excerpt(json)}`);
    }
    checkAliases(members, name);
    return this.#define({ kind: 'fixed', name, size, decimal: decimalOf(members, size) });
  }

  #union(json: string, space: Space): AvroType {
    const branches = (splitArray(json) ?? []).map((branch) => this.#parse(branch, space));
    const names = new Set<string>();
    for (const branch of branches) {
      const name = fullName(branch);
      if (name === 'union') {
        throw invalidSchema('a union directly contains a union');
      }
      if (names.has(name)) {
        throw invalidSchema(`a union has two branches ${quote(name)}`);
      }
      names.add(name);
    }
    return { kind: 'union', branches };
  }

  /** An enum or a fixed type may be defined again if nothing differs. */
  #define<T extends NamedType>(type: T): T {
    const { name } = type;
    const earlier = this.#named.get(name);
    if (earlier === undefined) {
      const awaited = this.#awaited.get(name);
      this.#awaited.delete(name);
      const defined = awaited === undefined ? type : Object.assign<NamedType, T>(awaited, type);
      this.#named.set(name, defined);
      return defined;
    }
    const isSame =
      earlier.kind !== 'record' &&
      type.kind !== 'record' &&
      JSON.stringify(earlier) === JSON.stringify(type);
    if (!isSame) {
      throw invalidSchema(`it defines ${quote(name)} twice`);
    }
    return earlier as T;
  }
}

export function invalidSchema(why: string, cause?: unknown): AppError {
  return new AppError('TYPE_MISMATCH', `The Avro schema is invalid: ${why}.`, { cause });
}

const BYTES: AvroType = { kind: 'bytes', decimal: undefined };
const PRIMITIVES: ReadonlyMap<string, PrimitiveType> = new Map(
  (['null', 'boolean', 'int', 'long', 'float', 'double', 'string'] as const).map((kind) => [
    kind,
    { kind },
  ]),
);
const NAME = /^[\p{L}_][\p{L}\p{Nd}_]*$/u;
/** Java checks each half of such a character for itself, and neither is a letter. */
const SURROGATE = /[\ud800-\udfff]/;
const ORDER = /^"(?:ascending|descending|ignore)"$/i;
const WHOLE = /^(?:0|[1-9]\d{0,9})$/;
/** The maximum of the Java library. */
const FIXED_BYTES_MAX = 2 ** 31 - 9;

function membersOf(json: string): Members {
  const members = splitObject(json);
  if (members === undefined) {
    throw invalidSchema(`expected an object, found ${excerpt(json)}`);
  }
  return new Map(members.map(({ name, value }) => [name, value]));
}

function textOf(members: Members, name: string): string | undefined {
  const json = members.get(name);
  return json?.startsWith('"') === true ? unquote(json) : undefined;
}

function required(members: Members, name: string, at: string): string {
  const json = members.get(name);
  if (json === undefined) {
    throw invalidSchema(`${excerpt(at)} lacks "${name}"`);
  }
  return json;
}

function nameOf(members: Members, space: Space): string {
  const name = textOf(members, 'name');
  if (name === undefined) {
    const type = textOf(members, 'type') ?? '';
    throw invalidSchema(`a type of kind ${type} lacks the text "name"`);
  }
  const full = qualified(name, textOf(members, 'namespace') ?? space);
  if (full === 'bytes' || PRIMITIVES.has(full)) {
    throw invalidSchema(`${quote(full)} is the name of a primitive type`);
  }
  checkName(full.slice(full.lastIndexOf('.') + 1), `type ${quote(full)}`);
  return full;
}

/** A name with a dot has its namespace. */
function qualified(name: string, space: Space): string {
  if (name.startsWith('.') && name.lastIndexOf('.') === 0) {
    return name.slice(1);
  }
  return space === undefined || space === '' || name.includes('.') ? name : `${space}.${name}`;
}

function spaceOf(name: string): Space {
  const dot = name.lastIndexOf('.');
  return dot === -1 ? undefined : name.slice(0, dot);
}

function checkName(name: string, of: string): string {
  if (!NAME.test(name) || SURROGATE.test(name)) {
    throw invalidSchema(`${of} has an invalid name. A name has letters, digits and underscores`);
  }
  return name;
}

function checkAliases(members: Members, name: string): void {
  for (const alias of checkAliasList(members, quote(name))) {
    checkName(alias.slice(alias.lastIndexOf('.') + 1), `alias ${quote(alias)} of ${quote(name)}`);
  }
}

function checkAliasList(members: Members, of: string): string[] {
  const json = members.get('aliases') ?? '[]';
  const aliases = splitArray(json);
  if (aliases?.every((alias) => alias.startsWith('"')) !== true) {
    throw invalidSchema(`${of} has aliases that are not an array of texts: ${excerpt(json)}`);
  }
  return aliases.map(unquote);
}

function quote(name: string): string {
  return JSON.stringify(excerpt(name));
}
