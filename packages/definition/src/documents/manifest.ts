const NOT_A_MANIFEST =
  'expected a manifest of persisted documents, an object with the text of each document by its id';

/**
 * The texts of a manifest of Relay or GraphQL Code Generator by their ids, or what is wrong with
 * it.
 */
export function manifestEntries(content: string): Readonly<Record<string, string>> | string {
  try {
    const entries: unknown = JSON.parse(content);
    return isManifest(entries) ? entries : NOT_A_MANIFEST;
  } catch (error) {
    return `${NOT_A_MANIFEST} (${error instanceof Error ? error.message : String(error)})`;
  }
}

function isManifest(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.entries(value).every(([id, text]) => id !== '' && typeof text === 'string')
  );
}
