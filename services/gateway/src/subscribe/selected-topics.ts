import { AppError } from '@quicksilver/common/errors/app-error';
import type { TopicEntry } from '@quicksilver/contracts/topics/topic-entry';
import type { Binding, FollowMany } from '@quicksilver/definition/binding';
import { isObjectType, type GraphQLResolveInfo } from 'graphql';
import { collectSubfields } from 'graphql/execution/collectFields.js';

import type { TopicOf } from '../resolve/read-resolver.ts';
import type { FollowedTopic } from './feeds.ts';

/** The topics of the selected fields. Other topics are not followed. */
export function selectedTopics(
  { followed, fields }: FollowMany,
  needs: { readonly bindings: readonly Binding[]; readonly topicOf: TopicOf },
  info: GraphQLResolveInfo,
): readonly FollowedTopic[] {
  const type = info.schema.getType(followed);
  if (!isObjectType(type)) {
    throw new Error(`${followed} is no type of the schema`);
  }
  const { schema, fragments, variableValues, fieldNodes } = info;
  const selections = collectSubfields(schema, fragments, variableValues, type, fieldNodes);
  const names = new Set([...selections.values()].map(([node]) => node?.name.value));
  const topics = new Map<string, FollowedTopic>();
  for (const field of fields.filter(({ fieldName }) => names.has(fieldName))) {
    const entry = needs.topicOf(bindingOf(needs.bindings, followed, field.fieldName));
    const tombstones = field.tombstones || topics.get(entry.name)?.tombstones === true;
    topics.set(entry.name, { entry, tombstones });
  }
  checkKeys(
    [...topics.values()],
    fields.map(({ fieldName }) => fieldName),
  );
  return [...topics.values()];
}

function bindingOf(bindings: readonly Binding[], typeName: string, fieldName: string): Binding {
  const binding = bindings.find(
    (each) => each.typeName === typeName && each.fieldName === fieldName,
  );
  if (binding === undefined) {
    throw new Error(`${typeName}.${fieldName} is followed and has no binding`);
  }
  return binding;
}

/** The key of an event is used for all topics, so their keys must have the same form. */
function checkKeys(topics: readonly FollowedTopic[], fields: readonly string[]): void {
  const [first, ...rest] = topics.map(({ entry }) => entry);
  if (first === undefined) {
    throw new AppError(
      'BAD_REQUEST',
      `The selection has no field with a topic to follow. Select ${fields.join(' or ')}.`,
    );
  }
  const other = rest.find(({ keyType }) => FORM_OF[keyType] !== FORM_OF[first.keyType]);
  if (other !== undefined) {
    throw new AppError(
      'TYPE_MISMATCH',
      `Topics ${first.name} and ${other.name} cannot be followed together, because their keys are of type ${first.keyType} and ${other.keyType}. Follow them in separate subscriptions.`,
    );
  }
}

/** Keys of the same form have the same JSON. */
const FORM_OF: Readonly<Record<TopicEntry['keyType'], string>> = {
  STRING: 'string',
  INTEGER: 'whole number',
  LONG: 'whole number',
  DOUBLE: 'number',
  JSON: 'any JSON',
  SHORT: 'whole number',
  FLOAT: '32-bit number',
  BOOLEAN: 'boolean',
  BYTES: 'base64',
  UUID: 'UUID',
};
