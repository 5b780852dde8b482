import { VARIABLE_DEPTH_MAX } from '../execute/plain-variables.ts';

/** The message, its payload and the variables are around the value of a variable. */
const LEVELS_MAX = 3 + VARIABLE_DEPTH_MAX;

/**
 * Replaces what is more than one level too deep in a JSON text by null. Parsing it would exceed the
 * stack, and the whole socket would be closed. The level that stays is too deep as well, so that
 * the operation of the message is rejected, and no other one.
 */
export function cutDeepMessage(text: string): string {
  let [depth, isText, output, from] = [0, false, '', 0];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (isText) {
      at += char === '\\' ? 1 : 0;
      isText = char !== '"';
    } else if (char === '"') {
      isText = true;
    } else if (char === '[' || char === '{') {
      depth += 1;
      if (depth === LEVELS_MAX + 2) {
        output += `${text.slice(from, at)}null`;
      }
    } else if (char === ']' || char === '}') {
      from = depth === LEVELS_MAX + 2 ? at + 1 : from;
      depth -= 1;
    }
  }
  return depth > LEVELS_MAX + 1 ? output : output + text.slice(from);
}
