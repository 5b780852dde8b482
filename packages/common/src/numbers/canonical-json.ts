import { canonicalText } from './decimal.ts';
import { isJsonNumber } from './exact-number.ts';
import { parseJson } from './parse-json.ts';

/** Deeper texts have no canonical form, because printing is recursive. */
const DEPTH_MAX = 64;

/**
 * The one spelling of a JSON value: members sorted by name as in RFC 8785, no white space, equal
 * numbers alike with all their digits. Of members with one name the last one counts. Undefined if
 * the text is not JSON, or is nested deeper than 64 levels.
 */
export function canonicalJson(text: string): string | undefined {
  try {
    return printed(parseJson(text), DEPTH_MAX);
  } catch {
    return undefined;
  }
}

/** Throws if the value is too deep. */
function printed(value: unknown, levels: number): string {
  if (isJsonNumber(value)) {
    return canonicalText(String(value));
  }
  if (typeof value !== 'object' || value === null) {
    return JSON.stringify(value);
  }
  if (levels === 0) {
    throw new RangeError('too deep');
  }
  if (Array.isArray(value)) {
    return `[${value.map((item) => printed(item, levels - 1)).join(',')}]`;
  }
  const members = Object.entries(value)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${printed(member, levels - 1)}`);
  return `{${members.join(',')}}`;
}
