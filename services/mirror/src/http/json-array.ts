import type { Octets } from '../query/value-cache.ts';

/**
 * The answers' arrays: a line feed stands before every comma and bracket, nowhere else, so that a
 * reader can split them without parsing. Elements are JSON without line feeds.
 */

/** `[\n1\n,null\n]`; undefined becomes `null`. */
export function jsonArray(elements: readonly (Octets | undefined)[]): Octets {
  if (elements.length === 0) {
    return '[\n]';
  }
  // V8 notes what is appended and copies it once, when it is sent: two thirds of the time of a join.
  let octets = '[\n';
  for (let index = 0; index < elements.length; index += 1) {
    octets += index === 0 ? '' : '\n,';
    octets += elements[index] ?? 'null';
  }
  return `${octets}\n]`;
}

/** Quick's envelope. */
export function valueEnvelope(json: Octets): Octets {
  return `{"value":${json}}`;
}

/** `{"key":…,"value":…}` */
export function listItem(key: Buffer, value: Buffer): Octets {
  return `{"key":${key.toString('latin1')},"value":${value.toString('latin1')}}`;
}

/** `{"cursor":…,"value":…}` */
export function edgeItem(cursor: string, value: Octets): Octets {
  return `{"cursor":"${cursor}","value":${value}}`;
}

/** `{"items":[…],"next":…}` */
export function listPage(items: readonly Octets[], next: string | null): Octets {
  return `{"items":${jsonArray(items)},"next":${JSON.stringify(next)}}`;
}

export function octetsOf(bytes: Buffer): Octets {
  return bytes.toString('latin1');
}

/** What is sent. */
export function bodyOf(octets: Octets): Buffer {
  return Buffer.from(octets, 'latin1');
}
