/** Pieces of the answers' arrays: a line feed stands before every comma and bracket, nowhere else. */
const OPEN = Buffer.from('[\n');
const COMMA = Buffer.from('\n,');
const CLOSE = Buffer.from('\n]');
const NULL = Buffer.from('null');

/** `[\n1\n,null\n]`; undefined becomes `null`. The elements are JSON without line feeds. */
export function jsonArray(elements: readonly (Buffer | undefined)[]): Buffer {
  let bytes = OPEN.length + CLOSE.length + COMMA.length * Math.max(0, elements.length - 1);
  for (const element of elements) {
    bytes += (element ?? NULL).length;
  }
  const array = Buffer.allocUnsafe(elements.length === 0 ? bytes - 1 : bytes);
  array.set(OPEN, 0);
  let at = OPEN.length;
  for (const [index, element] of elements.entries()) {
    if (index > 0) {
      array.set(COMMA, at);
      at += COMMA.length;
    }
    array.set(element ?? NULL, at);
    at += (element ?? NULL).length;
  }
  // An empty array has the one line feed behind its opening bracket.
  array.set(elements.length === 0 ? CLOSE.subarray(1) : CLOSE, at);
  return array;
}

const VALUE_OPEN = Buffer.from('{"value":');
const VALUE_CLOSE = Buffer.from('}');

/** Quick's envelope. */
export function valueEnvelope(json: Buffer): Buffer {
  return Buffer.concat([VALUE_OPEN, json, VALUE_CLOSE]);
}

const ITEM_KEY = Buffer.from('{"key":');
const ITEM_VALUE = Buffer.from(',"value":');

/** `{"key":…,"value":…}` */
export function listItem(key: Buffer, value: Buffer): Buffer {
  return Buffer.concat([ITEM_KEY, key, ITEM_VALUE, value, VALUE_CLOSE]);
}

/** `{"items":[…],"next":…}` */
export function listPage(items: readonly Buffer[], next: string | null): Buffer {
  const tail = Buffer.from(`,"next":${JSON.stringify(next)}}`);
  return Buffer.concat([Buffer.from('{"items":'), jsonArray(items), tail]);
}
