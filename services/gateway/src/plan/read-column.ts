import type { ListByField, OneByField } from '@quicksilver/definition/binding';
import { getArgumentValues } from 'graphql';

import { GROUP } from '../resolve/group.ts';
import { argumentKey, fieldKey } from '../resolve/key-json.ts';
import { readConnection } from '../resolve/page-resolver.ts';
import { rangeArguments } from '../resolve/range-resolver.ts';
import {
  argumentKeys,
  keyArgument,
  type Arguments,
  type BoundTopic,
  type FieldPlace,
} from '../resolve/read-resolver.ts';
import { valueAt } from '../resolve/value-at.ts';
import type { BoundField, PlannedBinding } from './plan-nodes.ts';
import type { PlanRun } from './plan-run.ts';

/**
 * The values of a bound field for each of the records. All keys are in one batch. Throws what the
 * resolver of the field would throw.
 */
export async function readColumn(
  field: BoundField,
  records: readonly unknown[],
  run: PlanRun,
): Promise<readonly unknown[]> {
  const { binding, rootName } = field;
  const args = getArgumentValues(field.definition, field.node, run.variables) as Arguments;
  if (field.isRoot) {
    run.context.operation.rememberRoot(rootName, args);
  }
  if (binding === undefined) {
    return records.map(() => GROUP);
  }
  switch (binding.kind) {
    case 'one-by-field':
      return await readOnes(binding, records, run);
    case 'list-by-field':
      return await readLists(binding, records, run);
    default: {
      const { parentType, definition } = field;
      const path = { prev: undefined, key: rootName, typename: undefined };
      const place = { parentType, fieldName: definition.name, path };
      // The value does not depend on the record.
      const value = await readValue(binding, args, place, run);
      if (Array.isArray(value)) {
        records.forEach(() => run.countList(binding, value.length));
      }
      return records.map(() => value);
    }
  }
}

async function readValue(
  binding: Exclude<PlannedBinding, OneByField | ListByField>,
  args: Arguments,
  info: FieldPlace,
  { context, topicOf }: PlanRun,
): Promise<unknown> {
  const { operation } = context;
  switch (binding.kind) {
    case 'one-by-argument': {
      const value = keyArgument(binding, args, context, info);
      const topic = topicOf(binding);
      const key = argumentKey(value, topic, binding.members);
      return (await operation.readColumn(topic, [key])).get(key);
    }
    case 'list-by-argument': {
      const values = argumentKeys(binding, keyArgument(binding, args, context, info));
      const topic = topicOf(binding);
      const keys = values.map((key) =>
        key === null ? undefined : argumentKey(key, topic, binding.members),
      );
      const read = await operation.readColumn(
        topic,
        keys.filter((key) => key !== undefined),
      );
      return listOf(keys, read, binding.dropsMissing);
    }
    case 'all':
      return await operation.all(topicOf(binding));
    case 'range': {
      const topic = topicOf(binding);
      const { keyJson, query } = rangeArguments(binding, topic, args, { context, info });
      return await operation.range(topic, keyJson, query);
    }
    case 'all-pages':
    case 'range-pages':
      return await readConnection(binding, topicOf, args, { context, info });
  }
}

async function readOnes(
  binding: OneByField,
  records: readonly unknown[],
  { context, topicOf }: PlanRun,
): Promise<readonly unknown[]> {
  const path = pathOf(binding);
  let topic: BoundTopic | undefined;
  const keys = records.map((record) => {
    const value = valueAt(record, path);
    return value === undefined || value === null
      ? undefined
      : fieldKey(binding, value, (topic ??= topicOf(binding)));
  });
  if (topic === undefined) {
    return keys;
  }
  const values = await context.operation.readColumn(
    topic,
    keys.filter((key) => key !== undefined),
  );
  return keys.map((key) => (key === undefined ? null : values.get(key)));
}

async function readLists(
  binding: ListByField,
  records: readonly unknown[],
  run: PlanRun,
): Promise<readonly unknown[]> {
  const path = pathOf(binding);
  let topic: BoundTopic | undefined;
  const lists = records.map((record) => {
    const value = valueAt(record, path);
    if (value === undefined || value === null) {
      return undefined;
    }
    const at = (topic ??= run.topicOf(binding));
    return (Array.isArray(value) ? value : [value]).map((key: unknown) =>
      fieldKey(binding, key, at),
    );
  });
  if (topic === undefined) {
    return lists;
  }
  const keys = lists.flatMap((list) => list?.filter((key) => key !== undefined) ?? []);
  const values = await run.context.operation.readColumn(topic, keys);
  return lists.map((list) => {
    if (list === undefined) {
      return null;
    }
    const items = listOf(list, values, binding.dropsMissing);
    run.countList(binding, items.length);
    return items;
  });
}

function pathOf({ keyPath, keyField }: OneByField | ListByField): readonly string[] {
  return keyPath ?? keyField.split('.');
}

/** A missing key is null in the list, or absent if `dropsMissing`. */
function listOf(
  keys: readonly (string | undefined)[],
  values: ReadonlyMap<string, unknown>,
  dropsMissing: boolean,
): readonly unknown[] {
  const items = keys.map((key) => (key === undefined ? null : values.get(key)));
  return dropsMissing ? items.filter((item) => item !== null) : items;
}
