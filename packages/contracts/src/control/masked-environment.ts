type Variables = Readonly<Record<string, string>>;

/** What answers show in the place of a variable's value, which may be a secret. */
export const MASKED = '[hidden]';
/** The same if a change sets the variable, or gives it another value. */
export const MASKED_CHANGE = '[hidden, changed]';

/** The names of the variables, and which of them differ from what they were before. */
export function maskEnvironment(variables: Variables, before: Variables = {}): Variables {
  return Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [
      name,
      Object.hasOwn(before, name) && before[name] === value ? MASKED : MASKED_CHANGE,
    ]),
  );
}
