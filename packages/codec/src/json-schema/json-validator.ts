import type { AnySchema, Options, ValidateFunction } from 'ajv';
import { Ajv } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import draft06 from 'ajv/dist/refs/json-schema-draft-06.json' with { type: 'json' };
import draft04 from 'ajv-draft-04';
import formats from 'ajv-formats';

import { linearRegex } from './linear-regex.ts';

/** Digits after the decimal point that `multipleOf` compares, as doubles are not exact. */
const MULTIPLE_DIGITS = 9;

const OPTIONS: Options = {
  // Schemas may have keywords of their generators.
  strict: false,
  // Nothing is written to the console.
  logger: false,
  // One error at a time: a list of all could be longer than the value.
  allErrors: false,
  multipleOfPrecision: MULTIPLE_DIGITS,
  unicodeRegExp: true,
  code: { regExp: Object.assign(linearRegex, { code: 'linearRegex' }) },
};

/**
 * Compiles a schema with the schemas that it references by name. Nothing is fetched: a reference to
 * any other schema throws.
 */
export function compileValidator(
  schema: unknown,
  referred: readonly (readonly [name: string, schema: unknown])[],
): ValidateFunction {
  const { $schema = '', $id = '' } = headOf(schema);
  const ajv = validatorFor($schema);
  formats.default(ajv);
  ajv.removeKeyword('uniqueItems');
  ajv.addKeyword({
    keyword: 'uniqueItems',
    type: 'array',
    schemaType: 'boolean',
    error: { message: 'must have no equal items' },
    validate: (isUnique: boolean, items: readonly unknown[]) => !isUnique || areUnique(items),
  });
  for (const [name, each] of referred) {
    for (const uri of new Set([name, resolved(name, $id)])) {
      if (ajv.getSchema(uri) === undefined) {
        ajv.addSchema(withoutId(each), uri);
      }
    }
  }
  return ajv.compile(schema as AnySchema);
}

function validatorFor(draft: string): Ajv {
  if (draft.includes('2020-12')) {
    return new Ajv2020(OPTIONS);
  }
  if (draft.includes('2019-09')) {
    return new Ajv2019(OPTIONS);
  }
  if (draft.includes('draft-04')) {
    return new draft04.default(OPTIONS);
  }
  const ajv = new Ajv(OPTIONS);
  if (draft.includes('draft-06')) {
    ajv.addMetaSchema(draft06);
  }
  return ajv;
}

function headOf(schema: unknown): { readonly $schema?: string; readonly $id?: string } {
  if (typeof schema !== 'object' || schema === null) {
    return {};
  }
  const { $schema, $id } = schema as Readonly<Record<string, unknown>>;
  return {
    ...(typeof $schema === 'string' ? { $schema } : {}),
    ...(typeof $id === 'string' ? { $id } : {}),
  };
}

/** The name of a reference is its `$ref`, which a schema with an `$id` resolves. */
function resolved(name: string, base: string): string {
  return URL.canParse(name, base) ? new URL(name, base).href : name;
}

/** The name replaces the schema's own id. */
function withoutId(schema: unknown): AnySchema {
  if (typeof schema !== 'object' || schema === null) {
    return schema as AnySchema;
  }
  const { $id: _id, id: _oldId, ...rest } = schema as Readonly<Record<string, unknown>>;
  return rest;
}

/** In linear time, unlike the keyword of the library. */
function areUnique(items: readonly unknown[]): boolean {
  return new Set(items.map((item) => JSON.stringify(sorted(item)))).size === items.length;
}

/** The same value with the members of its objects in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(sorted);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => [name, sorted(member)]);
}
