/** The value of a claim. A name with dots is also a path into objects. */
export function claimAt(claims: Readonly<Record<string, unknown>>, name: string): unknown {
  if (Object.hasOwn(claims, name)) {
    return claims[name];
  }
  const dot = name.indexOf('.');
  const inner = dot > 0 && Object.hasOwn(claims, name.slice(0, dot)) && claims[name.slice(0, dot)];
  return typeof inner === 'object' && inner !== null
    ? claimAt(inner as Readonly<Record<string, unknown>>, name.slice(dot + 1))
    : undefined;
}
