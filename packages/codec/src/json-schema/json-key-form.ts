import type { KeyForm } from '../key-form.ts';

type Json = Readonly<Record<string, unknown>>;

/**
 * The form of keys of a JSON Schema. The JSON itself is the key, so every schema has one. Members
 * that are not simple may have any JSON.
 */
export function jsonKeyForm(schema: unknown): KeyForm {
  const { type, properties, required } = Object(schema) as Json;
  if (type === 'string') {
    return { keyType: 'STRING' };
  }
  const members = Object.entries(Object(properties) as Json);
  if (type !== 'object' || members.length === 0) {
    return { keyType: 'JSON' };
  }
  const names: readonly unknown[] = Array.isArray(required) ? required : [];
  const fields = members.map(([name, member]) => {
    const { scalar, isNullable } = memberOf(member);
    return [name, names.includes(name) && !isNullable ? `${scalar}!` : scalar] as const;
  });
  const types = { Key: { fields: Object.fromEntries(fields) } };
  return { keyType: 'JSON', keySchema: { type: 'Key!', types } };
}

const SCALARS: Readonly<Record<string, string>> = {
  string: 'String',
  integer: 'BigInteger',
  number: 'BigDecimal',
  boolean: 'Boolean',
};

function memberOf(member: unknown): { readonly scalar: string; readonly isNullable: boolean } {
  const { type } = Object(member) as Json;
  const names: readonly unknown[] = Array.isArray(type) ? type : [type];
  const [only, second] = names.filter((name) => name !== 'null');
  return {
    scalar: second === undefined ? (SCALARS[String(only)] ?? 'JSON') : 'JSON',
    isNullable: names.includes('null') || only === undefined,
  };
}
