import {
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  type GraphQLNamedType,
} from 'graphql';

import { connectionOf } from '../directives/connection.ts';
import { argumentNode } from '../directives/directive-use.ts';
import { shapeAt } from '../directives/key-path.ts';
import type { TopicUse } from '../directives/topic-use.ts';
import { problemAt } from '../problems/definition-error.ts';
import type { Rule } from './rule.ts';

const CLAIM = /^[^\s]{1,200}$/;

const claimName =
  (name: 'keyClaim' | 'whereClaim'): Rule =>
  (use) => {
    const claim = use.args[name];
    return claim === undefined || CLAIM.test(claim)
      ? undefined
      : problemAt(argumentNode(use, name), `${name} must be the name of a claim, such as "sub".`);
  };

const exclusive: Rule = (use) => {
  const { keyClaim, keyArgument, keyField } = use.args;
  const other = keyArgument === undefined ? keyField && 'keyField' : 'keyArgument';
  return keyClaim === undefined || other === undefined
    ? undefined
    : problemAt(
        argumentNode(use, 'keyClaim'),
        `keyClaim and ${other} are mutually exclusive, because a field has one key. Leave one of them out.`,
      );
};

const whereTogether: Rule = (use) => {
  const { whereField, whereClaim } = use.args;
  if ((whereField === undefined) === (whereClaim === undefined)) {
    return undefined;
  }
  const [present, missing] =
    whereField === undefined
      ? (['whereClaim', 'whereField'] as const)
      : (['whereField', 'whereClaim'] as const);
  return problemAt(argumentNode(use, present), `${present} needs ${missing}. Set both.`);
};

const whereRead: Rule = (use) =>
  use.args.whereField !== undefined && use.role === 'mutation'
    ? problemAt(
        argumentNode(use, 'whereField'),
        'whereField can be used only on fields that read. Use @requiresScopes or keyClaim on a mutation.',
      )
    : undefined;

const whereExists: Rule = (use) => {
  const { whereField } = use.args;
  if (whereField === undefined) {
    return undefined;
  }
  const at = argumentNode(use, 'whereField');
  const type = recordTypeOf(use);
  const shape = isObjectType(type) || isInterfaceType(type) ? shapeAt(type, whereField) : undefined;
  if (shape === undefined) {
    return problemAt(
      at,
      `The records of ${use.parent.name}.${use.field.name} have no field ${whereField}. Name a field of ${type?.name ?? 'their type'}.`,
    );
  }
  return isLeafType(use.schema.getType(shape.typeName)) && !shape.isListOfLists
    ? undefined
    : problemAt(
        at,
        `The field ${whereField} is an object. Name a field with one value, or a list of values.`,
      );
};

/** The type of the records, also if the field is a page of them. */
export function recordTypeOf(use: TopicUse): GraphQLNamedType | undefined {
  const connection = connectionOf(use);
  if (connection === undefined) {
    return getNamedType(use.field.type);
  }
  const edge = getNamedType(connection.getFields()['edges']?.type);
  return isObjectType(edge) ? getNamedType(edge.getFields()['node']?.type) : undefined;
}

export const claimRules: readonly Rule[] = [
  claimName('keyClaim'),
  claimName('whereClaim'),
  exclusive,
  whereTogether,
  whereRead,
  whereExists,
];
