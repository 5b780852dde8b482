import { z } from 'zod';

import type { Option } from './option.ts';

const entriesOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');

/** A name, `*.` and a name, or an address; an IPv6 address in brackets, as in a URL. */
const HOST = /^(?:\*\.)?[a-z\d_](?:[a-z\d._-]*[a-z\d_])?$|^\[[\da-f:.]+\]$/;
/** As browsers send it. `null`, which many pages share, is none. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^\s/?#@]+$/;

const listOf = (entry: RegExp, expected: string): z.ZodType<readonly string[]> =>
  z
    .string()
    .transform(entriesOf)
    .refine((list) => list.every((each) => entry.test(each)), expected);

/** Which names and which web pages a service accepts, besides its own. */
export const originOptions = {
  allowedHosts: {
    env: 'QUICK_ALLOWED_HOSTS',
    text: 'Names under which clients reach this service, besides those it knows by itself (security.md), separated by commas and without ports: quick.example.com, or *.example.com for every name below it. A request with another name in its Host header is refused.',
    schema: listOf(HOST, 'expected names without ports, such as quick.example.com'),
    fallback: '',
  } satisfies Option<readonly string[]>,
  allowedOrigins: {
    env: 'QUICK_ALLOWED_ORIGINS',
    text: 'Origins of web pages on other hosts or ports that may use this service, such as https://app.example.com, separated by commas. They may open WebSockets; the answers to other requests stay unreadable for them, since CORS is off.',
    schema: listOf(ORIGIN, 'expected origins, such as https://app.example.com').transform(
      (origins): ReadonlySet<string> => new Set(origins),
    ),
    fallback: '',
  } satisfies Option<ReadonlySet<string>>,
};
