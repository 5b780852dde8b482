import { AppError } from '@quicksilver/common/errors/app-error';
import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLEnumType,
  type GraphQLInputObjectType,
  type GraphQLInterfaceType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLType,
  type GraphQLUnionType,
} from 'graphql';

import { recordName } from '@quicksilver/definition/record-name';
import { isScalarName, type ScalarName } from '@quicksilver/definition/scalar-names';

/** A type of a schema as the value of a record, in a form that other formats are printed from. */
export type ExportedType =
  | { readonly kind: 'scalar'; readonly scalar: ScalarName }
  | { readonly kind: 'list'; readonly items: ExportedType; readonly hasNulls: boolean }
  | ExportedRecord
  | ExportedEnum
  | { readonly kind: 'union'; readonly name: string; readonly members: readonly ExportedRecord[] };

export interface ExportedRecord {
  readonly kind: 'record';
  readonly name: string;
  readonly text: string | undefined;
  /** Filled after the record was made, because a type can contain itself. */
  readonly fields: readonly ExportedField[];
}

export interface ExportedEnum {
  readonly kind: 'enum';
  readonly name: string;
  readonly text: string | undefined;
  readonly symbols: readonly string[];
}

export interface ExportedField {
  /** The member of the record. */
  readonly name: string;
  readonly type: ExportedType;
  readonly isNullable: boolean;
  readonly text: string | undefined;
  readonly deprecated: string | undefined;
}

/**
 * A type of a valid schema as it is in the records of a topic: without fields of other topics and
 * of REST services. The first letter of the name may be in lower case, as in bakdata Quick. Throws
 * `AppError` INVALID_SPEC if there is no such type, or if no record can have it.
 */
export function exportedType(schema: GraphQLSchema, typeName: string): ExportedType {
  const name = typeName.slice(0, 1).toUpperCase() + typeName.slice(1);
  const type = schema.getType(name);
  if (type === undefined || isIntrospectionType(type) || type.astNode === undefined) {
    throw new AppError('INVALID_SPEC', `Type ${name} does not exist`);
  }
  return new TypeReader(schema).read(type);
}

class TypeReader {
  readonly #schema: GraphQLSchema;
  readonly #records = new Map<string, ExportedRecord>();

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  read(type: GraphQLType): ExportedType {
    const inner = getNullableType(type);
    if (isListType(inner)) {
      const { ofType } = inner;
      return { kind: 'list', items: this.read(ofType), hasNulls: !isNonNullType(ofType) };
    }
    if (isEnumType(inner)) {
      return enumOf(inner);
    }
    if (isUnionType(inner) || isInterfaceType(inner)) {
      const members = this.#schema.getPossibleTypes(inner).map((member) => this.#recordOf(member));
      return { kind: 'union', name: inner.name, members };
    }
    if (isObjectType(inner) || isInputObjectType(inner)) {
      return this.#recordOf(inner);
    }
    // A scalar that the schema defines has any JSON.
    const { name } = inner as GraphQLNamedType;
    return { kind: 'scalar', scalar: isScalarName(name) ? name : 'JSON' };
  }

  #recordOf(type: GraphQLObjectType | GraphQLInputObjectType): ExportedRecord {
    const { name } = type;
    const known = this.#records.get(name);
    if (known !== undefined) {
      return known;
    }
    const fields: ExportedField[] = [];
    const record: ExportedRecord = { kind: 'record', name, text: textOf(type), fields };
    this.#records.set(name, record);
    for (const field of Object.values(type.getFields())) {
      if (isFetched(field.astNode)) {
        continue;
      }
      fields.push({
        name: recordName(field),
        type: this.read(field.type),
        isNullable: !isNonNullType(field.type),
        text: textOf(field),
        deprecated: field.deprecationReason ?? undefined,
      });
    }
    if (fields.length === 0) {
      throw new AppError(
        'INVALID_SPEC',
        `Type ${name} has no field that is in a record: all its fields come from other topics or services.`,
      );
    }
    return record;
  }
}

interface Directed {
  readonly directives?: readonly { readonly name: { readonly value: string } }[] | undefined;
}

/** Whether the value of the field comes from another topic or a service. */
function isFetched(node: Directed | null | undefined): boolean {
  return node?.directives?.some(({ name }) => ['topic', 'rest'].includes(name.value)) === true;
}

type Described = Pick<
  GraphQLObjectType | GraphQLEnumType | GraphQLInterfaceType | GraphQLUnionType,
  'description'
>;

function textOf({ description }: Described): string | undefined {
  return description ?? undefined;
}

function enumOf(type: GraphQLEnumType): ExportedEnum {
  const symbols = type.getValues().map(({ name }) => name);
  return { kind: 'enum', name: type.name, text: textOf(type), symbols };
}

/** The error for what the format has no form for. */
export function unsupported(format: string, where: string, what: string, remedy: string): AppError {
  return new AppError('INVALID_SPEC', `${where} cannot be in ${format}: ${what}. ${remedy}`);
}
