/** Characters that a key must have: 24 of base64 are 144 bits. */
export const KEY_CHARS_MIN = 24;
const KEY_CHARS_MAX = 512;
/** Keys that are in force at the same time. */
export const KEYS_MAX = 100;
/** A key of random bytes has more, in hex as in base64; a word that is repeated has fewer. */
const DISTINCT_CHARS_MIN = 8;
/** What manuals and charts have where a key belongs; `none` is the default of bakdata's Quick. */
const PLACEHOLDER = /^(?:none|null|undefined|default|secret|password|apikey|test)$|change-?_?me/i;

export const MAKE_A_KEY = 'Make a key with: openssl rand -hex 32';

/** Why a text cannot be a key, without the text; undefined where it can. */
export function apiKeyProblem(text: string): string | undefined {
  if (PLACEHOLDER.test(text)) {
    return `found a placeholder in place of a key. ${MAKE_A_KEY}`;
  }
  if (text.length < KEY_CHARS_MIN || text.length > KEY_CHARS_MAX) {
    return `a key of ${KEY_CHARS_MIN} to ${KEY_CHARS_MAX} characters is expected, found one of ${text.length}. ${MAKE_A_KEY}`;
  }
  // A comma would separate two keys, and two headers of one name arrive joined by one.
  if (!/^[\x21-\x2b\x2d-\x7e]+$/.test(text)) {
    return `a key of letters, digits and signs other than commas is expected, found something else in it. ${MAKE_A_KEY}`;
  }
  if (new Set(text).size < DISTINCT_CHARS_MIN) {
    return `a random key is expected, found one with fewer than ${DISTINCT_CHARS_MIN} different characters. ${MAKE_A_KEY}`;
  }
  return undefined;
}

/** All that is wrong with a list of keys. */
export function apiKeysProblems(texts: readonly string[]): readonly string[] {
  return texts.length > KEYS_MAX
    ? [`at most ${KEYS_MAX} keys are expected, found ${texts.length}`]
    : texts.flatMap((text, at) => {
        const problem = apiKeyProblem(text);
        const which = texts.length === 1 ? '' : `key ${at + 1}: `;
        return problem === undefined ? [] : [`${which}${problem}`];
      });
}
