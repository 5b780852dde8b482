import { oneOf } from '@quicksilver/testkit/seeded-random';
import {
  buildSchema,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import { someKey, type Random } from './broken-records.ts';

export type OperationKind = 'query' | 'mutation' | 'subscription';

/** What the gateway adds to each schema. */
const BUILT_IN = `
  directive @topic(
    name: String!, keyArgument: String, keyField: String, rangeFrom: String, rangeTo: String,
    valueArgument: String, tombstones: Boolean
  ) on FIELD_DEFINITION
  directive @rest(url: String!, pathParameter: [String!]) on FIELD_DEFINITION
  scalar Long
  type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
`;
const DEPTH_MAX = 4;
const FIELDS_MAX = 5;

/** Valid documents over a schema: random fields, arguments and depths, each field with an alias. */
export class RandomOperations {
  readonly #schema: GraphQLSchema;
  readonly #random: Random;
  #aliases = 0;

  constructor(schema: string, random: Random) {
    this.#schema = buildSchema(`${BUILT_IN}${schema}`);
    this.#random = random;
  }

  next(kind: OperationKind): string {
    const root = {
      query: this.#schema.getQueryType(),
      mutation: this.#schema.getMutationType(),
      subscription: this.#schema.getSubscriptionType(),
    }[kind];
    if (!isObjectType(root)) {
      throw new Error(`The schema has no ${kind}`);
    }
    return `${kind} ${this.#fields(root, 0, kind === 'subscription' ? 1 : 3)}`;
  }

  #selection(type: GraphQLNamedType, depth: number): string {
    if (isUnionType(type)) {
      const members = type.getTypes().map((member) => {
        return `... on ${member.name} ${this.#fields(member, depth, FIELDS_MAX)}`;
      });
      return `{ __typename ${members.join(' ')} }`;
    }
    return isObjectType(type) ? this.#fields(type, depth, FIELDS_MAX) : '';
  }

  #fields(type: GraphQLObjectType, depth: number, fieldsMax: number): string {
    const isDeep = depth >= DEPTH_MAX;
    const fields = Object.values(type.getFields()).filter(
      (field) => !isDeep || !isCompositeType(getNamedType(field.type)),
    );
    const count = 1 + Math.floor(this.#random() * fieldsMax);
    const chosen = Array.from({ length: count }, () =>
      fields.length === 0 ? '__typename' : this.#field(oneOf(this.#random, fields), depth + 1),
    );
    return `{ ${chosen.join(' ')} }`;
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const operationArguments = field.args.filter(
      (argument) => isNonNullType(argument.type) || this.#random() < 0.6,
    );
    const args = operationArguments.map(
      (argument) => `${argument.name}: ${this.#value(argument.type)}`,
    );
    const argumentText = args.length === 0 ? '' : `(${args.join(', ')})`;
    this.#aliases += 1;
    const selection = this.#selection(getNamedType(field.type), depth);
    return `f${this.#aliases}: ${field.name}${argumentText} ${selection}`;
  }

  #value(type: GraphQLInputType): string {
    if (isNonNullType(type)) {
      return this.#value(type.ofType);
    }
    if (isListType(type)) {
      const count = Math.floor(this.#random() * 6);
      const items = Array.from({ length: count }, () => this.#value(type.ofType));
      return `[${items.join(', ')}]`;
    }
    if (isInputObjectType(type)) {
      const fields = Object.values(type.getFields()).filter(() => this.#random() < 0.5);
      return `{ ${fields.map((field) => `${field.name}: ${this.#value(field.type)}`).join(', ')} }`;
    }
    if (isEnumType(type)) {
      return oneOf(this.#random, type.getValues()).name;
    }
    return type.name === 'Int' || type.name === 'Long'
      ? String(Math.floor(this.#random() * 40))
      : JSON.stringify(someKey(this.#random));
  }
}
