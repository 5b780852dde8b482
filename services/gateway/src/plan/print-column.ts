import type { ListNode, ObjectNode, PlannedField, Selection, ValueNode } from './plan-nodes.ts';
import type { PlanRun } from './plan-run.ts';
import { isNull, itemsOf, memberOf, printList, printValue, selectionFor } from './print-value.ts';
import { readColumn } from './read-column.ts';

/** The same field of many records, in the order of the records. */
type Column = readonly unknown[];

/**
 * The JSON of each value of a column. Below it, each field is one column too: of all records that
 * have it, whose keys are one batch. So there is a promise per field of the plan and not per value.
 * Throws if a value has an error, which only the general way reports.
 */
export async function printColumn(
  node: ValueNode,
  values: Column,
  run: PlanRun,
): Promise<readonly string[]> {
  if (node.isInline) {
    return await rowsOf(values.length, run, (at) => printValue(node, values[at], run));
  }
  switch (node.kind) {
    case 'leaf':
      throw new Error('A value of a scalar type is always printed alone');
    case 'list':
      return await printLists(node, values, run);
    case 'object':
      return await printObjects(node, values, run);
  }
}

/** The records of one selection, with all its fields. */
export async function printRecords(
  { fields }: Selection,
  records: Column,
  run: PlanRun,
): Promise<readonly string[]> {
  const columns = await settled(fields.map((field) => columnOf(field, records, run)));
  return await rowsOf(records.length, run, (at) => {
    let text = '';
    fields.forEach((field, index) => {
      text += field.prefix + (columns[index]?.[at] ?? printAlone(field, records[at], run));
    });
    return text === '' ? '{}' : `${text}}`;
  });
}

function printAlone(field: PlannedField, record: unknown, run: PlanRun): string {
  switch (field.kind) {
    case 'typename':
      return field.json;
    case 'member':
      return printValue(field.value, memberOf(field, record, run), run);
    case 'bound':
      throw new Error('A bound field has a column');
  }
}

/** Undefined for a field that is printed with its record. */
async function columnOf(
  field: PlannedField,
  records: Column,
  run: PlanRun,
): Promise<readonly string[] | undefined> {
  if (field.kind === 'typename' || (field.kind === 'member' && field.value.isInline)) {
    return undefined;
  }
  const values =
    field.kind === 'bound'
      ? await readColumn(field, records, run)
      : records.map((record) => memberOf(field, record, run));
  return await printColumn(field.value, values, run);
}

/** Prints the items of all lists as one column. */
async function printLists(node: ListNode, lists: Column, run: PlanRun): Promise<readonly string[]> {
  const ends: (number | undefined)[] = [];
  const items: unknown[] = [];
  for (const list of lists) {
    if (isNull(node, list)) {
      ends.push(undefined);
      continue;
    }
    for (const item of itemsOf(list)) {
      items.push(item);
    }
    ends.push(items.length);
  }
  const texts = await printColumn(node.item, items, run);
  let start = 0;
  return ends.map((end) => {
    if (end === undefined) {
      return 'null';
    }
    const list = printList(texts.slice(start, end));
    start = end;
    return list;
  });
}

/** Prints the records of each type as columns of their own. */
async function printObjects(
  node: ObjectNode,
  values: Column,
  run: PlanRun,
): Promise<readonly string[]> {
  const texts = values.map(() => 'null');
  const places = new Map<Selection, number[]>();
  values.forEach((value, at) => {
    if (!isNull(node, value)) {
      const selection = selectionFor(node, value);
      const known = places.get(selection);
      if (known === undefined) {
        places.set(selection, [at]);
      } else {
        known.push(at);
      }
    }
  });
  await settled(
    [...places].map(async ([selection, at]) => {
      const records = at.map((each) => values[each]);
      const printed = await printRecords(selection, records, run);
      printed.forEach((text, index) => (texts[at[index] ?? 0] = text));
    }),
  );
  return texts;
}

async function rowsOf(
  count: number,
  run: PlanRun,
  print: (at: number) => string,
): Promise<readonly string[]> {
  const texts: string[] = [];
  for (let at = 0; at < count; at += 1) {
    if (run.isPauseDue()) {
      await run.pause();
    }
    texts.push(print(at));
  }
  run.isPauseDue();
  return texts;
}

/** As Promise.all, but waits for every promise, so that no read is left behind. */
async function settled<T>(promises: readonly Promise<T>[]): Promise<readonly T[]> {
  const results = await Promise.allSettled(promises);
  return results.map((result) => {
    if (result.status === 'rejected') {
      throw result.reason;
    }
    return result.value;
  });
}
