import type { CatalogEntry } from '@quicksilver/common/errors/catalog';

const RETRY = {
  never: 'The same request fails again.',
  later: 'It may succeed after a pause. `Retry-After` says how long, if that is known.',
  elsewhere: 'Another replica can serve it now.',
} as const;

/** `docs/errors.md`: every error that a client can see, and what to do about it. */
export function errorsPage(
  catalog: Readonly<Record<string, CatalogEntry>>,
  remedies: Readonly<Record<string, string>>,
): string {
  const codes = Object.entries(catalog).toSorted(
    ([codeA, a], [codeB, b]) => a.status - b.status || (codeA < codeB ? -1 : 1),
  );
  return [
    '# Errors',
    '',
    'An error has a code that does not change. The code fixes the HTTP status and whether a retry can help, so a program need not parse prose.',
    'Over HTTP the body is JSON. With `Accept: application/problem+json` it has that type.',
    '',
    '```json',
    '{ "type": "errors/clientError", "title": "Not Found", "code": 404,',
    '  "detail": "Key QSR does not exist in topic airports.", "uriPath": "/topics/airports/keys/QSR",',
    '  "status": 404, "instance": "/topics/airports/keys/QSR", "errorCode": "KEY_NOT_FOUND", "retry": "never",',
    `  "help": "${remedies['KEY_NOT_FOUND'] ?? ''}",`,
    '  "requestId": "9d70f21f-af42-4844-b8e1-e375c5feedf0-42" }',
    '```',
    '',
    '`errorCode` is the code of this page. `code` and `status` are the HTTP status. `help` is the remedy of this page. In GraphQL the code is',
    '`extensions.code` of the error. `quick explain CODE` prints the row of a code.',
    '',
    '| `retry` | Meaning |',
    '| --- | --- |',
    ...Object.entries(RETRY).map(([retry, meaning]) => `| \`${retry}\` | ${meaning} |`),
    '',
    '## Codes',
    '',
    '| Code | Status | Meaning | Retry | What to do |',
    '| --- | --- | --- | --- | --- |',
    ...codes.map(
      ([code, { status, title, retry }]) =>
        `| \`${code}\` | ${status} | ${title} | ${retry} | ${remedies[code] ?? ''} |`,
    ),
    '',
    'This page is generated from `catalog.ts` and `remedies.ts` in `packages/common/src/errors`.',
    '',
  ].join('\n');
}
