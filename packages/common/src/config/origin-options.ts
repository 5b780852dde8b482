import { z } from 'zod';

import type { Option } from './option.ts';

const entriesOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '');

/** A name, `*.` and a name, or an address; an IPv6 address in brackets, as in a URL. */
const HOST = /^(?:\*\.)?[a-z\d_](?:[a-z\d._-]*[a-z\d_])?$|^\[[\da-f:.]+\]$/;
/**
 * Of `QUICK_CORS_ORIGINS`: `https://app.example.com`, `https://*.example.com`,
 * `http://localhost:*`, or `*`.
 */
export const ORIGIN_ENTRY =
  /^\*$|^([a-z][a-z\d+.-]*:\/\/)(\*\.)?([^\s/?#@*:]+|\[[\da-f:.]+\])(:(?:\d{1,5}|\*))?$/;

const listOf = (entry: RegExp, expected: string): z.ZodType<readonly string[]> =>
  z
    .string()
    .transform(entriesOf)
    .refine((list) => list.every((each) => entry.test(each)), expected);

/** The host names and web pages that a service accepts in addition to its own. */
export const originOptions = {
  allowedHosts: {
    env: 'QUICK_ALLOWED_HOSTS',
    text: 'Names by which clients call this service, such as quick.example.com, or *.example.com for all names below it. Separate them by commas, and leave out ports. Names in security.md need no entry. Requests with another Host are rejected.',
    schema: listOf(HOST, 'expected names without ports, such as quick.example.com'),
    fallback: '',
  } satisfies Option<readonly string[]>,
  corsOrigins: {
    env: 'QUICK_CORS_ORIGINS',
    text: 'Origins of web pages on other hosts or ports that may use this service and read its responses, separated by commas. https://*.example.com has all names below example.com, http://localhost:* has every port, and * alone has every origin. * needs keys.',
    schema: listOf(ORIGIN_ENTRY, 'expected origins, such as https://app.example.com'),
    fallback: '',
  } satisfies Option<readonly string[]>,
  allowedOrigins: {
    env: 'QUICK_ALLOWED_ORIGINS',
    text: 'The older name of QUICK_CORS_ORIGINS. The origins of both are allowed.',
    schema: listOf(ORIGIN_ENTRY, 'expected origins, such as https://app.example.com'),
    fallback: '',
  } satisfies Option<readonly string[]>,
};
