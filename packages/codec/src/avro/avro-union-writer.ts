import avsc, { type Type, type types } from 'avsc';

import { AppError } from '@quicksilver/common/errors/app-error';
import { splitObject } from '../json-text.ts';
import { isNameOf, shortName, TYPE_NAME } from './avro-names.ts';
import { refused, type WriteAvro } from './avro-primitives.ts';

export interface Branch {
  readonly type: Type;
  readonly write: WriteAvro;
}

/**
 * Writes what the JSON is by its form. Of several records it is the one that `__typename` names, else
 * the only one that has all its members and misses none. Of strings and numbers it is the first branch
 * that fits, for the value reads as the same JSON by each. Nothing is tried at depth: a value is
 * walked once, however its unions are nested.
 */
export function unionWriter(branches: readonly Branch[]): WriteAvro {
  const records = branches.flatMap(({ type, write }) =>
    type instanceof avsc.types.RecordType ? [{ type, write, ...shapeOf(type) }] : [],
  );
  const map = branches.find(({ type }) => type instanceof avsc.types.MapType);
  const list = branches.find(({ type }) => type instanceof avsc.types.ArrayType);
  const plain = branches.filter(
    (branch) =>
      branch !== map && branch !== list && !(branch.type instanceof avsc.types.RecordType),
  );
  const [only, another] = branches.filter(({ type }) => !(type instanceof avsc.types.NullType));
  const names = branches.map(({ type }) => shortName(type)).join(', ');
  return (json, path) => {
    // Where only one can be meant it says best what is wrong.
    if (only !== undefined && another === undefined && json !== 'null') {
      return only.write(json, path);
    }
    if (json.startsWith('[') && list !== undefined) {
      return list.write(json, path);
    }
    if (!json.startsWith('{')) {
      return firstOf(plain, json, path) ?? fail(names, json, path);
    }
    const members = splitObject(json) ?? [];
    const typeName = members.find(({ name }) => name === TYPE_NAME)?.value;
    const fitting = records.filter((record) =>
      typeName === undefined ? fits(record, members) : isNameOf(record.type, typeName),
    );
    const [first, second] = fitting;
    if (second !== undefined) {
      const found = fitting.map(({ type }) => type.name).join(' and ');
      throw new AppError(
        'SCHEMA_MISMATCH',
        `${path}: it fits ${found}. A member ${TYPE_NAME} with one of these names tells which is meant.`,
      );
    }
    // As above, where the form of the JSON leaves only one.
    const meant = first ?? map ?? (records.length === 1 ? records[0] : undefined);
    return meant === undefined ? fail(names, json, path) : meant.write(json, path);
  };
}

interface Shape {
  readonly fields: ReadonlySet<string>;
  readonly required: readonly string[];
}

function shapeOf(type: types.RecordType): Shape {
  return {
    fields: new Set(type.fields.map(({ name }) => name)),
    required: type.fields
      .filter((field) => field.defaultValue() === undefined)
      .map(({ name }) => name),
  };
}

function fits({ fields, required }: Shape, members: readonly { readonly name: string }[]): boolean {
  const found = new Set(members.map(({ name }) => name));
  return [...found].every((name) => fields.has(name)) && required.every((name) => found.has(name));
}

function firstOf(branches: readonly Branch[], json: string, path: string): Buffer | undefined {
  for (const { write } of branches) {
    try {
      return write(json, path);
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
    }
  }
  return undefined;
}

function fail(names: string, json: string, path: string): never {
  throw refused(path, `one of ${names}`, json);
}
