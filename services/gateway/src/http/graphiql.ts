import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

export interface GraphiqlPage {
  readonly html: Buffer;
  readonly gzipped: Buffer;
}

/** Everything is in the page itself: it works without the internet and loads nothing from elsewhere. */
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

/** Makes the page once, when the first browser asks: its 9 MB are not loaded before. */
export function graphiqlPage(): () => Promise<GraphiqlPage> {
  let made: Promise<GraphiqlPage> | undefined;
  return () => (made ??= makePage());
}

const DEFAULT_QUERY = `# Write a query and run it with Ctrl-Enter.
# The book on the left lists everything there is to ask for.

`;

async function makePage(): Promise<GraphiqlPage> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({
    title: 'Quicksilver',
    defaultQuery: DEFAULT_QUERY,
    subscriptionsProtocol: 'WS',
  });
  const html = Buffer.from(page);
  return { html, gzipped: await promisify(gzip)(html) };
}
