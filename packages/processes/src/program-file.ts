/**
 * The file that runs a program of ours, by the path of its source from the root of the repository.
 * In an installed package it is a bundle beside this code, because Node strips no types there.
 */
export function programFile(source: string): URL {
  const isSource = import.meta.url.endsWith('.ts');
  const file = isSource ? `../../../${source}` : `./${bundleName(source)}.mjs`;
  return new URL(file, import.meta.url);
}

/** `services/ingest/src/main.ts` has the bundle `services-ingest-src-main.mjs`. */
export function bundleName(source: string): string {
  return source.replace(/\.ts$/, '').replaceAll('/', '-');
}
