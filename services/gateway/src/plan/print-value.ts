import { GROUP } from '../resolve/group.ts';
import { leafBytes } from '../resolve/leaf-bytes.ts';
import { recordField } from '../resolve/record-field.ts';
import type { MemberField, ObjectNode, Selection, ValueNode } from './plan-nodes.ts';
import type { PlanRun } from './plan-run.ts';

/**
 * The JSON of a value of which nothing is read. Throws if the value does not fit its type, which
 * only the general way reports.
 */
export function printValue(node: ValueNode, value: unknown, run: PlanRun): string {
  if (isNull(node, value)) {
    return 'null';
  }
  switch (node.kind) {
    case 'leaf':
      return node.print(value);
    case 'list':
      return printList(itemsOf(value).map((item) => printValue(node.item, item, run)));
    case 'object':
      return printRecord(selectionFor(node, value), value, run);
  }
}

/** Throws if the value is an error, or null in a place that cannot be. */
export function isNull(node: ValueNode, value: unknown): value is null | undefined {
  if (value === null || value === undefined) {
    if (node.isNonNull) {
      throw new Error('A value that cannot be null is null');
    }
    return true;
  }
  if (value instanceof Error) {
    throw value;
  }
  return false;
}

/** Throws if the value is not a list. */
export function itemsOf(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) {
    throw new Error('A value is not a list');
  }
  return value;
}

/** The selection of a record's type. Throws if the record has no type. */
export function selectionFor(node: ObjectNode, record: unknown): Selection {
  const selection = node.selections.get(node.typeOf(record));
  if (selection === undefined) {
    throw new Error('A record has a type that is not possible here');
  }
  return selection;
}

export function printList(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

/** The value of a member, which counts as one value of the result. */
export function memberOf(
  { member, isGroup, isLeaf }: MemberField,
  record: unknown,
  run: PlanRun,
): unknown {
  if (isGroup && record === GROUP) {
    return GROUP;
  }
  const value = recordField(record, member);
  run.count(1, isLeaf ? leafBytes(value) : 0);
  return value;
}

function printRecord({ fields }: Selection, record: unknown, run: PlanRun): string {
  let text = '';
  for (const field of fields) {
    switch (field.kind) {
      case 'typename':
        text += field.prefix + field.json;
        break;
      case 'member':
        text += field.prefix + printValue(field.value, memberOf(field, record, run), run);
        break;
      case 'bound':
        throw new Error('A field that is read cannot be printed before it is');
    }
  }
  return text === '' ? '{}' : `${text}}`;
}
