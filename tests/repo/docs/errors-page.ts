import type { CatalogEntry } from '@quicksilver/common/errors/catalog';

const RETRY = {
  never: 'The same request fails again.',
  later: 'It may succeed after a pause; `Retry-After` says how long where it is known.',
  elsewhere: 'Another replica can answer it now.',
} as const;

/** `docs/errors.md`: every error that a client can see. */
export function errorsPage(catalog: Readonly<Record<string, CatalogEntry>>): string {
  const codes = Object.entries(catalog).toSorted(
    ([codeA, a], [codeB, b]) => a.status - b.status || (codeA < codeB ? -1 : 1),
  );
  return [
    '# Errors',
    '',
    'An error has a code that does not change. The code fixes the HTTP status and whether trying again can help, so a program need not',
    'read prose. Over HTTP the body is JSON; with `Accept: application/problem+json` it has that type.',
    '',
    '```json',
    '{ "type": "errors/clientError", "title": "Not Found", "code": 404,',
    '  "detail": "Key QSR does not exist in topic airports.", "uriPath": "/topics/airports/keys/QSR",',
    '  "status": 404, "instance": "/topics/airports/keys/QSR", "errorCode": "KEY_NOT_FOUND",',
    '  "retry": "never", "requestId": "9d70f21f-af42-4844-b8e1-e375c5feedf0" }',
    '```',
    '',
    '`errorCode` is the code of this page; `code` and `status` are the HTTP status. In GraphQL the code is in `extensions.code` of the error.',
    '',
    '| `retry` | Meaning |',
    '| --- | --- |',
    ...Object.entries(RETRY).map(([retry, meaning]) => `| \`${retry}\` | ${meaning} |`),
    '',
    '## Codes',
    '',
    '| Code | Status | Meaning | Retry |',
    '| --- | --- | --- | --- |',
    ...codes.map(
      ([code, { status, title, retry }]) => `| \`${code}\` | ${status} | ${title} | ${retry} |`,
    ),
    '',
    'This page is made from `packages/common/src/errors/catalog.ts`.',
    '',
  ].join('\n');
}
