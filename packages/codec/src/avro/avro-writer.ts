import { AppError } from '@quicksilver/common/errors/app-error';
import { excerpt } from '../excerpt.ts';
import { base64Of, splitArray, unquote } from '../json-text.ts';
import { membersOf, mismatch, refused } from '../mismatch.ts';
import { blockBytes, intBytes, sizedBytes } from './avro-bytes.ts';
import { isNameOf, shortName } from './avro-names.ts';
import { TYPE_NAME } from '../message-schema.ts';
import { PRIMITIVE_WRITERS, type WriteAvro } from './avro-primitives.ts';
import type {
  AvroField,
  AvroType,
  BytesType,
  Decimal,
  EnumType,
  FixedType,
  RecordType,
  UnionType,
} from './avro-type.ts';
import { unionWriter } from './avro-union-writer.ts';
import { decimalBytes } from './decimal-text.ts';

/**
 * How the JSON has bytes: in base64, and decimals as numbers, or as the defaults of a schema have
 * them, with one character per byte.
 */
export type BytesForm = 'base64' | 'characters';

/**
 * Compiles a writer of JSON values for each type of a schema, once. JSON texts are split and never
 * parsed as a whole, so that numbers keep their digits.
 */
export class AvroWriterCompiler {
  readonly #form: BytesForm;
  readonly #writers = new Map<AvroType, WriteAvro>();
  readonly #fallbacks: AvroWriterCompiler;

  constructor(form: BytesForm = 'base64') {
    this.#form = form;
    this.#fallbacks = form === 'characters' ? this : new AvroWriterCompiler('characters');
  }

  writerOf(type: AvroType): WriteAvro {
    const existing = this.#writers.get(type);
    if (existing !== undefined) {
      return existing;
    }
    // A recursive type uses this entry while it is compiled.
    this.#writers.set(type, (json, path) => writer(json, path));
    const writer = this.#compile(type);
    this.#writers.set(type, writer);
    return writer;
  }

  #compile(type: AvroType): WriteAvro {
    switch (type.kind) {
      case 'record':
        return this.#recordWriter(type);
      case 'union':
        return this.#unionWriter(type);
      case 'array':
        return listWriter(this.writerOf(type.items));
      case 'map':
        return mapWriter(this.writerOf(type.values));
      case 'enum':
        return enumWriter(type);
      case 'fixed':
      case 'bytes':
        return type.decimal !== undefined && this.#form === 'base64'
          ? decimalWriter(type, type.decimal)
          : bytesWriter(type, this.#form);
      default:
        return PRIMITIVE_WRITERS[type.kind];
    }
  }

  #recordWriter(type: RecordType): WriteAvro {
    const name = shortName(type);
    const fields = type.fields.map((field) => ({
      name: field.name,
      write: this.writerOf(field.type),
      writeFallback: this.#fallbackWriter(name, field),
    }));
    const names = new Set(fields.map((field) => field.name));
    return (json, path) => {
      const members = membersOf(json, path, `the record ${name}`);
      for (const [member, value] of members) {
        const isName = member === TYPE_NAME && !names.has(member);
        if (isName && !isNameOf(type, value)) {
          throw refused(`${path}.${member}`, JSON.stringify(name), value);
        }
        // In a default Java ignores them.
        if (!isName && !names.has(member) && this.#form === 'base64') {
          throw mismatch(`${path}.${member}`, `the record ${name} has no such field`);
        }
      }
      return Buffer.concat(
        fields.map((field) => {
          const at = `${path}.${field.name}`;
          const value = members.get(field.name);
          return value === undefined ? field.writeFallback(at) : field.write(value, at);
        }),
      );
    };
  }

  /** Compiled at the first missing field, because readers accept schemas with invalid defaults. */
  #fallbackWriter(record: string, field: AvroField): (at: string) => Buffer {
    const { fallback } = field;
    if (fallback === undefined) {
      return (at) => {
        throw mismatch(at, `the field is missing, and the record ${record} has no default for it`);
      };
    }
    let bytes: Buffer | undefined;
    let isOpen = false;
    return (at) => {
      if (isOpen) {
        throw mismatch(at, 'the default of the field contains itself');
      }
      isOpen = true;
      try {
        bytes ??= this.#fallbacks.writerOf(field.type)(fallback, 'default');
      } catch (error) {
        throw error instanceof AppError
          ? mismatch(
              at,
              `the field is missing, and its default ${excerpt(fallback)} in the record ${record} is invalid`,
            )
          : error;
      } finally {
        isOpen = false;
      }
      return bytes;
    };
  }

  #unionWriter(type: UnionType): WriteAvro {
    const branches = type.branches.map((branch, index) => {
      const write = this.writerOf(branch);
      return {
        type: branch,
        write: (json: string, path: string) => Buffer.concat([intBytes(index), write(json, path)]),
      };
    });
    return unionWriter(branches);
  }
}

function listWriter(write: WriteAvro): WriteAvro {
  return (json, path) => {
    const items = splitArray(json);
    if (items === undefined) {
      throw refused(path, 'an array', json);
    }
    return blockBytes(items.map((item, at) => write(item, `${path}[${at}]`)));
  };
}

function mapWriter(write: WriteAvro): WriteAvro {
  return (json, path) =>
    blockBytes(
      [...membersOf(json, path, 'a map')].map(([key, value]) =>
        Buffer.concat([sizedBytes(Buffer.from(key)), write(value, `${path}.${key}`)]),
      ),
    );
}

function enumWriter(type: EnumType): WriteAvro {
  return (json, path) => {
    const index = json.startsWith('"') ? type.symbols.indexOf(unquote(json)) : -1;
    if (index === -1) {
      throw refused(path, `one of ${type.symbols.join(', ')}`, json);
    }
    return intBytes(index);
  };
}

/** The bytes of a JSON text in base64. */
export function base64Bytes(json: string, path: string): Buffer {
  const bytes = json.startsWith('"') ? base64Of(unquote(json)) : undefined;
  if (bytes === undefined) {
    throw refused(path, 'bytes in base64', json);
  }
  return bytes;
}

function bytesWriter(type: BytesType | FixedType, form: BytesForm): WriteAvro {
  const parse = form === 'base64' ? base64Of : charactersOf;
  const words = form === 'base64' ? 'in base64' : 'as characters up to \\u00ff';
  const expected = type.kind === 'fixed' ? `${type.size} bytes ${words}` : `bytes ${words}`;
  return (json, path) => {
    const bytes = json.startsWith('"') ? parse(unquote(json)) : undefined;
    if (bytes === undefined || (type.kind === 'fixed' && bytes.length !== type.size)) {
      throw refused(path, expected, json);
    }
    return type.kind === 'fixed' ? bytes : sizedBytes(bytes);
  };
}

function decimalWriter(type: BytesType | FixedType, { scale, precision }: Decimal): WriteAvro {
  const size = type.kind === 'fixed' ? type.size : undefined;
  return (json, path) => {
    const bytes = decimalBytes(json, { scale, precision, size });
    if (bytes === undefined) {
      throw refused(
        path,
        `a number of at most ${precision} digits, ${scale} of them after the decimal point`,
        json,
      );
    }
    return size === undefined ? sizedBytes(bytes) : bytes;
  };
}

function charactersOf(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'latin1');
  return bytes.toString('latin1') === text ? bytes : undefined;
}
