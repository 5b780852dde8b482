type Variables = Readonly<Record<string, string>>;

/** The replacement of a variable's value in responses, because it may be a secret. */
export const MASKED = '[hidden]';
/** The replacement if a change sets the variable or changes its value. */
export const MASKED_CHANGE = '[hidden, changed]';

/** The names of the variables, with a mark on those that differ from `before`. */
export function maskEnvironment(variables: Variables, before: Variables = {}): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      Object.hasOwn(before, name) && before[name] === value ? MASKED : MASKED_CHANGE,
    ]),
  );
}
