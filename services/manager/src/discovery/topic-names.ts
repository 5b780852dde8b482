/**
 * Whether a name matches a pattern, in which `*` stands for any characters and `?` for one. Takes
 * at most the product of both lengths.
 */
export function matchesPattern(pattern: string, name: string): boolean {
  let at = 0;
  let inName = 0;
  let star = -1;
  let retryAt = 0;
  while (inName < name.length) {
    if (pattern[at] === '*') {
      star = at;
      at += 1;
      retryAt = inName;
    } else if (at < pattern.length && (pattern[at] === '?' || pattern[at] === name[inName])) {
      at += 1;
      inName += 1;
    } else if (star >= 0) {
      // The last star takes one more character.
      at = star + 1;
      retryAt += 1;
      inName = retryAt;
    } else {
      return false;
    }
  }
  return /^\**$/.test(pattern.slice(at));
}
