/**
 * The value of a field that only groups bound fields. It has no members, so that a field without a
 * binding is null.
 */
export const GROUP: object = Object.freeze(Object.create(null) as object);
