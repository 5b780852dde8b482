import { AppError } from '@quicksilver/common/errors/app-error';

import type { Codec } from '../codec.ts';
import type { ValueSchema } from '../conformance/value-schema.ts';
import { splitObject } from '../json-text.ts';

type Writer = Pick<Codec, 'fromJson'>;

/**
 * Writes keys by a schema whose keys have this type. Undefined if they are no objects, or if a
 * missing member differs from null. The paths of errors begin with `key`.
 */
export function keyWriterOf(writer: Writer, schema: ValueSchema | undefined): Writer {
  return {
    fromJson(json) {
      try {
        return writer.fromJson(schema === undefined ? json : withNulls(json, schema, schema.type));
      } catch (error) {
        throw error instanceof AppError && error.code === 'SCHEMA_MISMATCH'
          ? new AppError(error.code, error.message.replace(/^value\b/, 'key'), { cause: error })
          : error;
      }
    },
  };
}

/** A missing member is null, whatever its default, as it is in lookups. */
function withNulls(json: string, schema: ValueSchema, type: string): string {
  const definition = schema.types[type.replace(/!$/, '')];
  const members =
    definition !== undefined && 'fields' in definition ? splitObject(json) : undefined;
  if (definition === undefined || !('fields' in definition) || members === undefined) {
    return json;
  }
  const { fields } = definition;
  const present = members.map(
    ({ name, value }) => `${JSON.stringify(name)}:${withNulls(value, schema, fields[name] ?? '')}`,
  );
  const names = new Set(members.map(({ name }) => name));
  const absent = Object.entries(fields)
    .filter(([name, text]) => !text.endsWith('!') && !names.has(name) && !text.startsWith('['))
    .map(([name]) => `${JSON.stringify(name)}:null`);
  return `{${[...present, ...absent].join(',')}}`;
}
