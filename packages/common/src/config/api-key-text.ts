/** Minimum length of a key: 24 base64 characters are 144 bits. */
export const KEY_CHARS_MIN = 24;
const KEY_CHARS_MAX = 512;
/** Maximum number of valid keys. */
export const KEYS_MAX = 100;
/** A random key has more, in hex and in base64. A repeated word has fewer. */
const DISTINCT_CHARS_MIN = 8;
/** Placeholders in manuals and charts. `none` is the default of bakdata Quick. */
const PLACEHOLDER = /^(?:none|null|undefined|default|secret|password|apikey|test)$|change-?_?me/i;

export const MAKE_A_KEY = 'Make a key with: openssl rand -hex 32';

/**
 * The reason why a text is not a usable key, or undefined. The reason does not contain the text.
 */
export function apiKeyProblem(text: string): string | undefined {
  if (PLACEHOLDER.test(text)) {
    return `the key is a placeholder. ${MAKE_A_KEY}`;
  }
  if (text.length < KEY_CHARS_MIN || text.length > KEY_CHARS_MAX) {
    return `a key has ${KEY_CHARS_MIN} to ${KEY_CHARS_MAX} characters, but this one has ${text.length}. ${MAKE_A_KEY}`;
  }
  // A comma separates two keys, and Node joins two headers of the same name with one.
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(text)) {
    return `a key has only visible ASCII characters other than commas. ${MAKE_A_KEY}`;
  }
  if (new Set(text).size < DISTINCT_CHARS_MIN) {
    return `the key is not random: it has fewer than ${DISTINCT_CHARS_MIN} different characters. ${MAKE_A_KEY}`;
  }
  return undefined;
}

/** Every problem of a list of keys. */
export function apiKeysProblems(texts: readonly string[]): readonly string[] {
  return texts.length > KEYS_MAX
    ? [`there are ${texts.length} keys, but at most ${KEYS_MAX} are allowed`]
    : texts.flatMap((text, at) => {
        const problem = apiKeyProblem(text);
        const which = texts.length === 1 ? '' : `key ${at + 1}: `;
        return problem === undefined ? [] : [`${which}${problem}`];
      });
}
