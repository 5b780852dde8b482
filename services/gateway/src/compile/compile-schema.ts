import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  getNamedType,
  getNullableType,
  isLeafType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
  type GraphQLObjectType,
  type GraphQLSchema,
} from 'graphql';

import type { Follow, FollowMany } from '@quicksilver/definition/binding';
import type { Definition } from '@quicksilver/definition/parse-definition';
import { recordName } from '@quicksilver/definition/record-name';
import { replaceBuiltIns } from '@quicksilver/definition/scalars/replace-built-ins';
import { bindingResolver, type BindingResolverOptions } from '../resolve/binding-resolver.ts';
import { FollowedRecord } from '../resolve/followed-record.ts';
import type { GatewayContext } from '../resolve/gateway-context.ts';
import { guarded } from '../resolve/guarded.ts';
import { GROUP } from '../resolve/group.ts';
import { leafBytes } from '../resolve/leaf-bytes.ts';
import { isRecord, recordField } from '../resolve/record-field.ts';
import { rootName, type Resolver } from '../resolve/read-resolver.ts';
import { restResolver } from '../resolve/rest-resolver.ts';
import { readDefaults } from './read-defaults.ts';
import { scalarOf } from './scalars.ts';
import { showDefaultsAsWritten } from './shown-defaults.ts';
import { typeOfRecord } from './type-of-record.ts';

/** The functions of a field of Subscription. */
export interface FollowFunctions {
  readonly subscribe: Resolver;
  readonly resolve: Resolver;
}

export interface CompileOptions extends BindingResolverOptions {
  readonly definition: Definition;
  readonly follow: (binding: Follow | FollowMany) => FollowFunctions;
}

/** The definition with a resolver on every field. */
export function compileSchema(options: CompileOptions): GraphQLSchema {
  const { definition } = options;
  const resolvers: Record<string, Record<string, unknown>> = {};
  for (const type of Object.values(definition.schema.getTypeMap())) {
    if (isObjectType(type) && !type.name.startsWith('__')) {
      resolvers[type.name] = resolversOf(type, options);
    } else if (isScalarType(type) && !isSpecifiedScalarType(type)) {
      resolvers[type.name] = { ...scalarOf(type).toConfig() };
    }
  }
  for (const abstract of definition.abstractTypes) {
    resolvers[abstract.name] = {
      __resolveType: (record: unknown) => typeOfRecord(abstract, record),
    };
  }
  const schema = makeExecutableSchema({ typeDefs: definition.schema, resolvers });
  replaceBuiltIns(schema);
  readDefaults(schema);
  showDefaultsAsWritten();
  return schema;
}

function resolversOf(type: GraphQLObjectType, options: CompileOptions): Record<string, unknown> {
  const { definition, follow } = options;
  const isRoot = isRootType(definition.schema, type);
  const ruled = new Set(
    definition.accessRules.map(({ typeName, fieldName }) => `${typeName}.${fieldName}`),
  );
  // Without it, every field of a record that is not an object would be null.
  const fields: Record<string, unknown> = isRoot ? {} : { __isTypeOf: isRecord };
  for (const name of Object.keys(type.getFields())) {
    const binding = definition.bindings.find(
      (candidate) => candidate.typeName === type.name && candidate.fieldName === name,
    );
    const many = definition.follows.find(
      (candidate) => candidate.typeName === type.name && candidate.fieldName === name,
    );
    const rest = definition.rests.find(
      (candidate) => candidate.typeName === type.name && candidate.fieldName === name,
    );
    if (rest !== undefined) {
      const fetch = restResolver(rest);
      fields[name] = isRoot ? rememberArguments(fetch) : fetch;
    } else if (many !== undefined) {
      fields[name] = follow(many);
    } else if (binding?.kind === 'follow') {
      fields[name] = follow(binding);
    } else if (binding !== undefined) {
      const read = bindingResolver(binding, options);
      fields[name] = isRoot ? rememberArguments(read) : read;
    } else if (isRoot) {
      fields[name] = rememberArguments(() => GROUP);
    } else {
      fields[name] = recordMember(type, name, definition);
    }
    const coordinate = `${type.name}.${name}`;
    if ((binding ?? many ?? rest) !== undefined || ruled.has(coordinate)) {
      fields[name] = guardedField(coordinate, fields[name] as Resolver | FollowFunctions);
    }
  }
  return fields;
}

/** A subscription is denied before it follows a topic. */
function guardedField(
  coordinate: string,
  field: Resolver | FollowFunctions,
): Resolver | FollowFunctions {
  return typeof field === 'function'
    ? guarded(coordinate, field)
    : { ...field, subscribe: guarded(coordinate, field.subscribe) };
}

/** Stores the arguments of a root field. Fields below may use one of them as their key. */
function rememberArguments(resolver: Resolver): Resolver {
  return (source, args, context: GatewayContext, info) => {
    context.operation.rememberRoot(rootName(info), args);
    return resolver(source, args, context, info);
  };
}

/** A field without a binding: a member of the record, or a group below a root field. */
function recordMember(type: GraphQLObjectType, name: string, { groups }: Definition): Resolver {
  const field = type.getFields()[name];
  const member = field === undefined ? name : recordName(field);
  const result = getNullableType(field?.type);
  const isGroup = isObjectType(result) && groups.has(result.name);
  const isLeaf = isLeafType(getNamedType(field?.type));
  return (source, _args, { operation }) => {
    if (isGroup && (source === GROUP || source instanceof FollowedRecord)) {
      return GROUP;
    }
    const value = recordField(source, member);
    operation.budget.complete(1, isLeaf ? leafBytes(value) : 0);
    return value;
  };
}

function isRootType(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].includes(
    type,
  );
}
