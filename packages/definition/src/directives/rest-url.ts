import type { RestUrl } from '../binding/rest-binding.ts';

export type ReadUrl =
  | { readonly ok: true; readonly url: RestUrl }
  | { readonly ok: false; readonly problem: string };

const URL_CHARS_MAX = 2_000;
const PORTS: Readonly<Record<string, number>> = { 'http:': 80, 'https:': 443 };

/**
 * Parses the address of a REST service. Accepts only the normal form of a URL, which all parsers
 * read alike. Spellings such as 0x7f000001 for 127.0.0.1 can bypass a check of the host.
 */
export function readRestUrl(text: string): ReadUrl {
  const url = text.length > URL_CHARS_MAX ? null : URL.parse(text);
  if (url === null) {
    return refused(
      `${JSON.stringify(excerpt(text))} is not a URL. Use http://host/path or https://host/path.`,
    );
  }
  const port = PORTS[url.protocol];
  if (port === undefined) {
    return refused(
      `The url of @rest must begin with http:// or https://, found ${excerpt(url.protocol)}`,
    );
  }
  if (`${url.username}${url.password}` !== '' || AUTHORITY_WITH_AT.test(text)) {
    return refused(
      'The url of @rest must not have a user or a password, because everyone who can read the schema can read them.',
    );
  }
  if (text.includes('#')) {
    return refused('The url of @rest must not have a fragment (#…), which is never sent.');
  }
  if (/[{}]/.test(text)) {
    return refused(
      'The url of @rest cannot have placeholders such as {id}. Path parameters are appended to it, one segment each.',
    );
  }
  if (url.href !== text && url.href !== `${text}/`) {
    return refused(`The url of @rest must be written as ${url.href}`);
  }
  const { origin, hostname, pathname, search } = url;
  return {
    ok: true,
    url: {
      origin,
      hostname,
      port: url.port === '' ? port : Number(url.port),
      path: pathname,
      query: search.slice(1),
    },
  };
}

const AUTHORITY_WITH_AT = /^[a-z]+:[/\\]*[^/?#\\]*@/i;

function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 60).toWellFormed()}…`;
}

function refused(problem: string): ReadUrl {
  return { ok: false, problem };
}
