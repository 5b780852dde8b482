import { doubleJson, floatJson } from '../number-json.ts';
import type { AvroCursor } from './avro-cursor.ts';
import { shortName } from './avro-names.ts';
import { TYPE_NAME } from '../message-schema.ts';
import type { AvroType, BytesType, FixedType, RecordType } from './avro-type.ts';
import { decimalText, scaledText } from './decimal-text.ts';

/** Reads one value as JSON text. */
export type ReadAvro = (cursor: AvroCursor) => string;

export interface AvroReaderOptions {
  /** Adds the record's name, without its namespace, as first member `__typename`. */
  readonly recordNames: boolean;
  /** Reads records with the name `VARIABLE_DECIMAL` as numbers. */
  readonly variableDecimals?: boolean;
}

/** Debezium's decimal whose scale is in each value. */
export const VARIABLE_DECIMAL = 'io.debezium.data.VariableScaleDecimal';

/** Memory overhead of an item of a list. */
const ITEM_CHARS = 16;

/** Compiles each type of a schema once, because types may contain themselves. */
export class AvroReaderCompiler {
  readonly #options: AvroReaderOptions;
  readonly #readers = new Map<AvroType, ReadAvro>();

  constructor(options: AvroReaderOptions) {
    this.#options = options;
  }

  readerOf(type: AvroType): ReadAvro {
    const existing = this.#readers.get(type);
    if (existing !== undefined) {
      return existing;
    }
    // A recursive type uses this entry while it is compiled.
    this.#readers.set(type, (cursor) => reader(cursor));
    const reader = this.#compile(type);
    this.#readers.set(type, reader);
    return reader;
  }

  #compile(type: AvroType): ReadAvro {
    switch (type.kind) {
      case 'record':
        return this.#options.variableDecimals === true && isVariableDecimal(type)
          ? readVariableDecimal
          : this.#recordReader(type);
      case 'union': {
        const branches = type.branches.map((branch) => this.readerOf(branch));
        return (cursor) => branches[cursor.index(branches.length, 'union branch')]?.(cursor) ?? '';
      }
      case 'array':
        return listReader(this.readerOf(type.items));
      case 'map':
        return mapReader(this.readerOf(type.values));
      case 'enum': {
        const symbols = type.symbols.map((symbol) => JSON.stringify(symbol));
        return (cursor) => symbols[cursor.index(symbols.length, 'enum symbol')] ?? '';
      }
      case 'fixed':
      case 'bytes':
        return bytesReader(type);
      default:
        return PRIMITIVES[type.kind];
    }
  }

  #recordReader(type: RecordType): ReadAvro {
    const fields = type.fields.map(({ name, type: of }, place) => ({
      lead: `${place === 0 ? '' : ','}${JSON.stringify(name)}:`,
      read: this.readerOf(of),
    }));
    // A field of that name takes precedence.
    const isNamed =
      this.#options.recordNames && type.fields.every(({ name }) => name !== TYPE_NAME);
    const name = JSON.stringify(shortName(type));
    const comma = fields.length === 0 ? '' : ',';
    const open = isNamed ? `{"${TYPE_NAME}":${name}${comma}` : '{';
    const chars = fields.reduce((sum, { lead }) => sum + lead.length + 4, open.length);
    return (cursor) => {
      cursor.spend(chars);
      cursor.enter();
      let text = open;
      for (const field of fields) {
        text += field.lead;
        text += field.read(cursor);
      }
      cursor.leave();
      return `${text}}`;
    };
  }
}

const PRIMITIVES = {
  null: () => 'null',
  boolean: (cursor) => (cursor.boolean() ? 'true' : 'false'),
  int: (cursor) => String(cursor.int()),
  long: (cursor) => String(cursor.long()),
  float: (cursor) => floatJson(cursor.float()),
  double: (cursor) => doubleJson(cursor.double()),
  string: (cursor) => quoted(cursor.string()),
} satisfies Readonly<Record<string, ReadAvro>>;

function listReader(item: ReadAvro): ReadAvro {
  return (cursor) => {
    cursor.enter();
    let text = '[';
    for (let count = cursor.blockCount(); count > 0; count = cursor.blockCount()) {
      for (; count > 0; count -= 1) {
        cursor.spend(ITEM_CHARS);
        text += text === '[' ? item(cursor) : `,${item(cursor)}`;
      }
    }
    cursor.leave();
    return `${text}]`;
  };
}

function mapReader(value: ReadAvro): ReadAvro {
  return (cursor) => {
    cursor.enter();
    // For a duplicate key the last value counts, as in Avro's own readers.
    const members = new Map<string, string>();
    for (let count = cursor.blockCount(); count > 0; count = cursor.blockCount()) {
      for (; count > 0; count -= 1) {
        cursor.spend(ITEM_CHARS);
        members.set(cursor.string(), value(cursor));
      }
    }
    cursor.leave();
    return `{${[...members].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
  };
}

function bytesReader(type: BytesType | FixedType): ReadAvro {
  const take = (cursor: AvroCursor): Buffer =>
    type.kind === 'fixed' ? cursor.take(type.size) : cursor.bytes();
  const { decimal } = type;
  if (decimal === undefined) {
    return (cursor) => base64(take(cursor));
  }
  return (cursor) => {
    const bytes = take(cursor);
    const text = decimalText(bytes, decimal.scale);
    if (text === undefined) {
      throw cursor.wrong(
        `a decimal has ${bytes.length} bytes and ${decimal.scale} digits after the decimal point`,
      );
    }
    return text;
  };
}

function isVariableDecimal({ name, fields }: RecordType): boolean {
  const form = fields.map(({ name: field, type }) => `${field} ${type.kind}`).join();
  return name === VARIABLE_DECIMAL && form === 'scale int,value bytes';
}

function readVariableDecimal(cursor: AvroCursor): string {
  const scale = cursor.int();
  const bytes = cursor.bytes();
  const text = scaledText(bytes, scale);
  if (text === undefined) {
    throw cursor.wrong(
      `a decimal has ${bytes.length} bytes and ${scale} digits after the decimal point`,
    );
  }
  return text;
}

/** Most strings need only quotes, and no escapes. */
const PLAIN = /^[ !#-[\]-~]*$/;

function quoted(text: string): string {
  return PLAIN.test(text) ? `"${text}"` : JSON.stringify(text);
}

function base64(bytes: Buffer): string {
  return `"${bytes.toString('base64')}"`;
}
