import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { sendKey } from './send-key.ts';

export interface GraphiqlPage {
  readonly html: Buffer;
  readonly gzipped: Buffer;
}

/**
 * The page contains everything. It works without the internet and loads nothing from other hosts.
 */
export const GRAPHIQL_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data: blob:',
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Renders the page for the first browser that requests it, because it loads 9 MB. */
export function graphiqlPage(): () => Promise<GraphiqlPage> {
  let page: Promise<GraphiqlPage> | undefined;
  return () => (page ??= makePage());
}

const DEFAULT_QUERY = `# Write a query and run it with Ctrl-Enter.
# The book on the left lists all fields.

`;

async function makePage(): Promise<GraphiqlPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Quicksilver',
    defaultQuery: DEFAULT_QUERY,
    // Over HTTP, so that the key can be sent as a header.
    subscriptionsProtocol: 'SSE',
  });
  const script = `<script>(${sendKey.toString()})();</script>`;
  const html = Buffer.from(page.replace('</head>', () => `${script}</head>`));
  return { html, gzipped: await promisify(gzip)(html) };
}
