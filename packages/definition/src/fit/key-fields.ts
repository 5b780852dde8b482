import type { KeyScalar } from '../binding/binding.ts';

/** The type of a topic's keys, as its entry in the topic registry has it. */
export interface KeySchema {
  readonly type: string;
  readonly types: Readonly<Record<string, object>>;
}

/** A member of the keys of a topic whose keys are objects. */
export interface KeyRecordField {
  readonly name: string;
  /** In the notation of GraphQL without `!`. */
  readonly type: string;
  readonly isRequired: boolean;
}

/** Undefined if the keys of the topic are no objects, or if that is not known. */
export function keyFieldsOf({
  keySchema,
}: {
  readonly keySchema?: KeySchema | undefined;
}): readonly KeyRecordField[] | undefined {
  const type = keySchema?.types[bare(keySchema.type)];
  return type !== undefined && 'fields' in type
    ? Object.entries(type.fields as Readonly<Record<string, string>>).map(([name, text]) => ({
        name,
        type: bare(text),
        isRequired: text.endsWith('!'),
      }))
    : undefined;
}

function bare(type: string): string {
  return type.replace(/!$/, '');
}

/** The scalars of a schema that can be a member of this type. Any for a type that is not listed. */
const SCALARS_OF: Readonly<Record<string, readonly KeyScalar[]>> = {
  String: ['String', 'ID'],
  ID: ['ID', 'String', 'Int', 'Long'],
  Int: ['Int', 'ID'],
  Short: ['Short', 'Int', 'ID'],
  Boolean: ['Boolean'],
  Bytes: ['Bytes', 'String'],
  Byte: ['Int', 'ID'],
  Long: ['Long', 'Int', 'ID'],
  BigInteger: ['Long', 'Int', 'ID'],
  Float: ['Float', 'Int', 'ID'],
  BigDecimal: ['Float', 'Int', 'ID'],
};

export function fitsMember({ type }: KeyRecordField, scalar: KeyScalar): boolean {
  return SCALARS_OF[type]?.includes(scalar) ?? true;
}
