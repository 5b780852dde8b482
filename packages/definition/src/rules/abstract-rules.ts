import {
  getNullableType,
  isAbstractType,
  isEnumType,
  isNonNullType,
  isObjectType,
  Kind,
  type ConstDirectiveNode,
  type GraphQLField,
  type GraphQLInterfaceType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';

import type { AbstractMember, AbstractType } from '../binding/abstract-type.ts';
import { recordName } from '../directives/record-name.ts';
import { problemAt, type DefinitionProblem } from '../problems/definition-error.ts';

export interface AbstractTypes {
  readonly types: readonly AbstractType[];
  readonly problems: readonly DefinitionProblem[];
}

/** The interfaces and unions of a schema, and the problems of their discriminators. */
export function readAbstractTypes(schema: GraphQLSchema): AbstractTypes {
  const problems: DefinitionProblem[] = [];
  const types: AbstractType[] = [];
  const discriminated = new Set<string>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isAbstractType(type)) {
      continue;
    }
    const node = directiveOf(type, 'discriminator');
    const discriminator = node && stringArgument(node, 'field');
    // GraphQL's own rules report a union with a member of another kind.
    const members = schema
      .getPossibleTypes(type)
      .filter((member) => isObjectType(member))
      .toSorted((a, b) => compare(a.name, b.name));
    if (node !== undefined && discriminator !== undefined) {
      problems.push(...discriminatorProblems(type, node, discriminator, members));
      members.forEach((member) => discriminated.add(member.name));
    }
    types.push({
      name: type.name,
      ...(discriminator === undefined ? {} : { discriminator }),
      members: members.map(memberOf),
    });
  }
  return { types, problems: [...problems, ...valueProblems(schema, discriminated)] };
}

function memberOf(type: GraphQLObjectType): AbstractMember {
  const required = Object.values(type.getFields())
    .filter((field) => isNonNullType(field.type) && isOfRecord(field))
    .map(recordName);
  return { typeName: type.name, value: discriminatorValue(type), required };
}

function discriminatorValue(type: GraphQLObjectType): string {
  const node = directiveOf(type, 'discriminatorValue');
  return (node && stringArgument(node, 'value')) ?? type.name;
}

/** Whether the value of the field comes from the record, not from a directive. */
function isOfRecord({ astNode }: GraphQLField<unknown, unknown>): boolean {
  return !astNode?.directives?.some(({ name }) => ['topic', 'rest'].includes(name.value));
}

const DISCRIMINATOR_SCALARS: ReadonlySet<string> = new Set(['String', 'ID']);

function discriminatorProblems(
  abstract: GraphQLInterfaceType | GraphQLUnionType,
  node: ConstDirectiveNode,
  name: string,
  members: readonly GraphQLObjectType[],
): DefinitionProblem[] {
  const problems: DefinitionProblem[] = [];
  const typeOf = new Map<string, string>();
  for (const member of members) {
    const value = discriminatorValue(member);
    const other = typeOf.get(value);
    if (other !== undefined) {
      const at = directiveOf(member, 'discriminatorValue') ?? node;
      const text = `The types ${other} and ${member.name} of ${abstract.name} have the same discriminator value ${JSON.stringify(value)}. Change one of them with @discriminatorValue.`;
      problems.push(problemAt(at, text));
    }
    typeOf.set(value, member.name);
    const text = fieldProblem(member, name, value);
    if (text !== undefined) {
      problems.push(problemAt(node, text));
    }
  }
  return problems;
}

function fieldProblem(member: GraphQLObjectType, name: string, value: string): string | undefined {
  const fieldPath = `${member.name}.${name}`;
  const field = member.getFields()[name];
  if (field === undefined || !isOfRecord(field)) {
    return `The discriminator must be a field in the records of every type, but ${member.name} has no such field ${name}. Add it, or name another field.`;
  }
  const type = getNullableType(field.type);
  if (isEnumType(type)) {
    return type.getValue(value)
      ? undefined
      : `The discriminator ${fieldPath} has the type ${type.name}, which has no value ${value}. Name one of its values with @discriminatorValue.`;
  }
  return DISCRIMINATOR_SCALARS.has(String(type))
    ? undefined
    : `The discriminator ${fieldPath} must be of type String, ID or an enum, found ${String(type)}.`;
}

function valueProblems(
  schema: GraphQLSchema,
  discriminated: ReadonlySet<string>,
): DefinitionProblem[] {
  return Object.values(schema.getTypeMap()).flatMap((type) => {
    const node = isObjectType(type) ? directiveOf(type, 'discriminatorValue') : undefined;
    return node === undefined || discriminated.has(type.name)
      ? []
      : [
          problemAt(
            node,
            `@discriminatorValue of ${type.name} has no effect: ${type.name} is in no interface or union with @discriminator. Remove it, or add a @discriminator.`,
          ),
        ];
  });
}

function directiveOf(
  type: GraphQLInterfaceType | GraphQLUnionType | GraphQLObjectType,
  name: string,
): ConstDirectiveNode | undefined {
  return [type.astNode, ...type.extensionASTNodes]
    .flatMap((node) => node?.directives ?? [])
    .find((directive) => directive.name.value === name);
}

function stringArgument(node: ConstDirectiveNode, name: string): string | undefined {
  const value = node.arguments?.find((argument) => argument.name.value === name)?.value;
  return value?.kind === Kind.STRING ? value.value : undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
