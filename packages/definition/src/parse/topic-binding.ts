import { getNullableType, type GraphQLArgument, type GraphQLField } from 'graphql';

import {
  BOUND_SCALARS,
  KEY_SCALARS,
  type Binding,
  type BoundScalar,
  type ClaimFilter,
  type KeyArgument,
  type KeyShape,
} from '../binding/binding.ts';
import { connectionOf } from '../directives/connection.ts';
import { shapeAt } from '../directives/key-path.ts';
import { keyMembersOf } from '../directives/key-members.ts';
import { recordPath } from '../directives/record-name.ts';
import { recordTypeOf } from '../rules/claim-rules.ts';
import { keyArgumentsOf } from '../rules/key-rules.ts';
import { boundOf } from '../rules/range-rules.ts';
import { shapeOf, type TopicUse } from '../directives/topic-use.ts';
import { ambiguousTypesOf } from '../fit/ambiguous-types.ts';
import { valueFormOf } from '../fit/value-fit.ts';
import { writeArgumentsOf } from '../rules/write-rules.ts';

/** The binding of a `@topic` that has no problems. */
export function bindingOf(use: TopicUse): Binding {
  return Object.freeze(use.role === 'mutation' ? writeOf(use) : readOf(use));
}

function readOf(use: TopicUse): Binding {
  const fieldRef = fieldRefOf(use);
  const { tombstones, keyField } = use.args;
  const list = { dropsMissing: use.hasNonNullItems };
  const argument = keyArgumentOf(use);
  if (use.role === 'subscription') {
    return {
      ...fieldRef,
      kind: 'follow',
      tombstones,
      ...(argument === undefined ? {} : { key: argument }),
    };
  }
  if (argument !== undefined) {
    const range = boundsOf(use);
    if (range !== undefined) {
      const kind = connectionOf(use) === undefined ? 'range' : 'range-pages';
      return { ...fieldRef, ...argument, ...range, kind };
    }
    return use.isList
      ? { ...fieldRef, ...argument, ...list, kind: 'list-by-argument' }
      : { ...fieldRef, ...argument, kind: 'one-by-argument' };
  }
  if (connectionOf(use) !== undefined) {
    return { ...fieldRef, kind: 'all-pages' };
  }
  const shape = keyField === undefined ? undefined : shapeAt(use.parent, keyField);
  if (keyField === undefined || shape === undefined) {
    return use.isList
      ? { ...fieldRef, kind: 'all' }
      : { ...fieldRef, kind: 'one-by-event', tombstones };
  }
  const keyPath = recordPath(use.parent, keyField);
  const key = {
    keyField,
    ...(keyPath.join('.') === keyField ? {} : { keyPath }),
    ...keyShape(use, shape.typeName),
  };
  return use.isList
    ? { ...fieldRef, ...key, ...list, kind: 'list-by-field' }
    : { ...fieldRef, ...key, kind: 'one-by-field' };
}

function writeOf(use: TopicUse): Binding {
  const write = writeArgumentsOf(use);
  if (write === undefined) {
    throw new Error(`${use.field.name} passed the rules for mutations but has no key and value`);
  }
  return {
    ...fieldRefOf(use),
    kind: 'write',
    ...(write.key === undefined
      ? { keyArgument: use.args.keyClaim ?? '', keyOf: 'claim', scalar: 'ID' }
      : {
          keyArgument: write.key.name,
          keyOf: 'argument',
          ...keyShape(use, shapeOf(write.key.type).typeName),
        }),
    valueArgument: write.value.name,
    valueType: String(getNullableType(write.value.type)),
    valueForm: valueFormOf(write.value.type),
  };
}

function fieldRefOf(use: TopicUse): {
  typeName: string;
  fieldName: string;
  topic: string;
  ambiguousTypes?: readonly string[];
  where?: ClaimFilter;
} {
  const { schema, parent, field, args } = use;
  const { whereField, whereClaim } = args;
  const ambiguousTypes = ambiguousTypesOf(schema, field);
  return {
    typeName: parent.name,
    fieldName: field.name,
    topic: args.name,
    ...(ambiguousTypes.length === 0 ? {} : { ambiguousTypes }),
    ...(whereField === undefined || whereClaim === undefined
      ? {}
      : { where: { path: recordPath(recordTypeOf(use), whereField), claim: whereClaim } }),
  };
}

function keyArgumentOf(use: TopicUse): KeyArgument | undefined {
  if (use.args.keyClaim !== undefined) {
    return { argument: use.args.keyClaim, argumentOf: 'claim', scalar: 'ID' };
  }
  const [argument] = keyArgumentsOf(use);
  if (argument === undefined) {
    return undefined;
  }
  return {
    argument: argument.name,
    argumentOf: isArgumentOf(use.field, argument) ? 'field' : 'root',
    ...keyShape(use, shapeOf(argument.type).typeName),
  };
}

function isArgumentOf(field: GraphQLField<unknown, unknown>, argument: GraphQLArgument): boolean {
  return field.args.includes(argument);
}

function boundsOf(
  use: TopicUse,
): { rangeFrom: string; rangeTo: string; bounds: BoundScalar } | undefined {
  const [from, to] = [boundOf(use, 'rangeFrom'), boundOf(use, 'rangeTo')];
  if (from === undefined || to === undefined) {
    return undefined;
  }
  return {
    rangeFrom: from.name,
    rangeTo: to.name,
    bounds: scalarNamed(shapeOf(from.type).typeName, BOUND_SCALARS),
  };
}

function keyShape({ schema }: TopicUse, typeName: string): KeyShape {
  const members = keyMembersOf(schema, typeName);
  return members === undefined
    ? { scalar: scalarNamed(typeName, KEY_SCALARS) }
    : { scalar: 'Object', members };
}

function scalarNamed<T extends string>(name: string, scalars: readonly T[]): T {
  const scalar = scalars.find((candidate) => candidate === name);
  if (scalar === undefined) {
    throw new Error(`${name} passed the rules but is none of ${scalars.join(', ')}`);
  }
  return scalar;
}
