import avsc, { type Type, type types } from 'avsc';

import { AppError } from '@quicksilver/common/errors/app-error';
import { splitArray, splitObject, unquote } from '../json-text.ts';
import { blockBytes, intBytes, sizedBytes } from './avro-bytes.ts';
import { isNameOf, shortName, TYPE_NAME } from './avro-names.ts';
import { PRIMITIVE_WRITERS, refused, type WriteAvro } from './avro-primitives.ts';
import { unionWriter } from './avro-union-writer.ts';
import { decimalBytes } from './decimal-text.ts';
import { DecimalType } from './decimal-type.ts';

/**
 * Compiles a writer of JSON values for each type of a schema, once. JSON texts are split and never
 * parsed as a whole, so that numbers keep their digits.
 */
export class AvroWriterCompiler {
  readonly #writers = new Map<Type, WriteAvro>();

  writerOf(type: Type): WriteAvro {
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

  #compile(type: Type): WriteAvro {
    if (type instanceof DecimalType) {
      return decimalWriter(type);
    }
    if (type instanceof avsc.types.RecordType) {
      return this.#recordWriter(type);
    }
    if (type instanceof avsc.types.WrappedUnionType) {
      return this.#unionWriter(type);
    }
    if (type instanceof avsc.types.ArrayType) {
      return listWriter(this.writerOf(type.itemsType));
    }
    if (type instanceof avsc.types.MapType) {
      return mapWriter(this.writerOf(type.valuesType as Type));
    }
    if (type instanceof avsc.types.EnumType) {
      return enumWriter(type);
    }
    if (type instanceof avsc.types.FixedType) {
      return fixedWriter(type);
    }
    const primitive = PRIMITIVE_WRITERS[type.typeName];
    if (primitive === undefined) {
      throw new TypeError(`unknown Avro type ${type.typeName}`);
    }
    return primitive;
  }

  #recordWriter(type: types.RecordType): WriteAvro {
    const name = shortName(type);
    const fields = type.fields.map((field) => ({
      name: field.name,
      write: this.writerOf(field.type),
      absent: defaultBytes(field),
    }));
    const names = new Set(fields.map((field) => field.name));
    return (json, path) => {
      const members = membersOf(json, path, `the record ${name}`);
      for (const [member, value] of members) {
        const isName = member === TYPE_NAME && !names.has(member);
        if (isName && !isNameOf(type, value)) {
          throw refused(`${path}.${member}`, JSON.stringify(name), value);
        }
        if (!isName && !names.has(member)) {
          throw mismatch(`${path}.${member}`, `the record ${name} has no such field`);
        }
      }
      return Buffer.concat(
        fields.map((field) => {
          const at = `${path}.${field.name}`;
          const value = members.get(field.name);
          if (value !== undefined) {
            return field.write(value, at);
          }
          if (field.absent === undefined) {
            throw mismatch(
              at,
              `the field is missing, and the record ${name} has no default for it`,
            );
          }
          return field.absent;
        }),
      );
    };
  }

  #unionWriter(type: types.WrappedUnionType): WriteAvro {
    const branches = type.types.map((branch, index) => {
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

function enumWriter(type: types.EnumType): WriteAvro {
  return (json, path) => {
    const index = json.startsWith('"') ? type.symbols.indexOf(unquote(json)) : -1;
    if (index === -1) {
      throw refused(path, `one of ${type.symbols.join(', ')}`, json);
    }
    return intBytes(index);
  };
}

function fixedWriter(type: types.FixedType): WriteAvro {
  return (json, path) => {
    const bytes = json.startsWith('"') ? base64Of(unquote(json)) : undefined;
    if (bytes?.length !== type.size) {
      throw refused(path, `${type.size} bytes in base64`, json);
    }
    return bytes;
  };
}

function decimalWriter({ scale, precision, underlyingType }: DecimalType): WriteAvro {
  const size = underlyingType instanceof avsc.types.FixedType ? underlyingType.size : undefined;
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

/** The bytes of the field's default. */
function defaultBytes(field: types.Field): Buffer | undefined {
  const value: unknown = field.defaultValue();
  return value === undefined ? undefined : field.type.toBuffer(value);
}

function membersOf(json: string, path: string, expected: string): ReadonlyMap<string, string> {
  const members = splitObject(json);
  if (members === undefined) {
    throw refused(path, `${expected}, a JSON object`, json);
  }
  const byName = new Map<string, string>();
  for (const { name, value } of members) {
    if (byName.has(name)) {
      throw mismatch(`${path}.${name}`, 'the member occurs twice');
    }
    byName.set(name, value);
  }
  return byName;
}

function base64Of(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64');
  return bytes.toString('base64') === text ? bytes : undefined;
}

function mismatch(path: string, why: string): AppError {
  return new AppError('SCHEMA_MISMATCH', `${path}: ${why}.`);
}
