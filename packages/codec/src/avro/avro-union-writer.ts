import { AppError } from '@quicksilver/common/errors/app-error';
import { splitObject } from '../json-text.ts';
import { isNameOf, shortName } from './avro-names.ts';
import { TYPE_NAME } from '../message-schema.ts';
import { refused } from '../mismatch.ts';
import type { WriteAvro } from './avro-primitives.ts';
import type { AvroType, RecordType } from './avro-type.ts';

export interface Branch {
  readonly type: AvroType;
  readonly write: WriteAvro;
}

/**
 * Chooses the branch by the form of the JSON. Of several records, `__typename` names the branch.
 * Without it, the branch is the only record with all members of the JSON and no missing field. For
 * strings and numbers the first matching branch is used, because the value reads as the same JSON
 * from each. No branch is tried in depth, so that each value is traversed once, even in nested
 * unions.
 */
export function unionWriter(branches: readonly Branch[]): WriteAvro {
  const records = branches.flatMap(({ type, write }) =>
    type.kind === 'record' ? [{ type, write, ...shapeOf(type) }] : [],
  );
  const map = branches.find(({ type }) => type.kind === 'map');
  const list = branches.find(({ type }) => type.kind === 'array');
  const plain = branches.filter(
    (branch) => branch !== map && branch !== list && branch.type.kind !== 'record',
  );
  const [only, another] = branches.filter(({ type }) => type.kind !== 'null');
  const branchNames = branches.map(({ type }) => shortName(type)).join(', ');
  return (json, path) => {
    // If there is only one candidate, its error is the most precise.
    if (only !== undefined && another === undefined && json !== 'null') {
      return only.write(json, path);
    }
    if (json.startsWith('[') && list !== undefined) {
      return list.write(json, path);
    }
    if (!json.startsWith('{')) {
      return firstOf(plain, json, path) ?? fail(branchNames, json, path);
    }
    const members = splitObject(json) ?? [];
    const typeName = members.find(({ name }) => name === TYPE_NAME)?.value;
    const candidates = records.filter((record) =>
      typeName === undefined ? fits(record, members) : isNameOf(record.type, typeName),
    );
    const [first, second] = candidates;
    if (second !== undefined) {
      const names = candidates.map(({ type }) => type.name).join(' and ');
      throw new AppError(
        'SCHEMA_MISMATCH',
        `${path}: the value matches ${names}. Add a member ${TYPE_NAME} with one of these names.`,
      );
    }
    // As above: the form of the JSON leaves one candidate.
    const branch = first ?? map ?? (records.length === 1 ? records[0] : undefined);
    return branch === undefined ? fail(branchNames, json, path) : branch.write(json, path);
  };
}

interface Shape {
  readonly fields: ReadonlySet<string>;
  readonly required: readonly string[];
}

function shapeOf(type: RecordType): Shape {
  return {
    fields: new Set(type.fields.map(({ name }) => name)),
    required: type.fields.filter((field) => field.fallback === undefined).map(({ name }) => name),
  };
}

function fits({ fields, required }: Shape, members: readonly { readonly name: string }[]): boolean {
  const names = new Set(members.map(({ name }) => name));
  return [...names].every((name) => fields.has(name)) && required.every((name) => names.has(name));
}

/** Undefined if no branch accepts the value. */
export function firstOf(
  branches: readonly Branch[],
  json: string,
  path: string,
): Buffer | undefined {
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
