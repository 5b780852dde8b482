const QUOTED = String.raw`"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))+"`;
const NAME = String.raw`(?:[^."]+|${QUOTED})`;

/**
 * The names of members from a value down to one of its members, separated by dots: `position.time`,
 * `unit-price`. A name with a dot or a quote is a JSON string: `"source.id".time`.
 */
export const MEMBER_PATH = new RegExp(String.raw`^${NAME}(?:\.${NAME})*$`);

/** The names in a path that matches `MEMBER_PATH`. */
export function namesInPath(path: string): readonly string[] {
  return [...path.matchAll(new RegExp(NAME, 'g'))].map(([name]) =>
    name.startsWith('"') ? String(JSON.parse(name)) : name,
  );
}

/** The path of these names, as a person writes it. */
export function printPath(names: readonly string[]): string {
  return names.map((name) => (/[."]|^$/.test(name) ? JSON.stringify(name) : name)).join('.');
}
