/** What the page at `/` lists. */
export interface HomePage {
  readonly gateways: readonly string[];
  readonly topics: readonly string[];
}

interface Place {
  readonly name: string;
  readonly text: string;
  /** `{topic}` and `{key}` stand for values. */
  readonly path: string;
}

export const HOME_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";

const TOPICS_SHOWN = 100;

/** Everything behind this port. */
function placesOf({ gateways, topics }: HomePage): readonly Place[] {
  return [
    ...gateways.map((name) => ({
      name: `GraphQL of ${name}`,
      text: 'GraphiQL in a browser. POST for queries; WebSocket and server-sent events too',
      path: `/gateway/${encodeURIComponent(name)}/graphql`,
    })),
    ...topics.slice(0, TOPICS_SHOWN).map((topic) => ({
      name: `Topic ${topic}`,
      text: 'A list of its latest values',
      path: `/topics/${encodeURIComponent(topic)}/keys`,
    })),
    { name: 'Lookup', text: 'The latest value of a key', path: '/topics/{topic}/keys/{key}' },
    { name: 'Ingest', text: 'POST writes records', path: '/ingest/{topic}' },
    { name: 'Manager', text: 'The states of all resources', path: '/manager/status' },
    { name: 'API of the manager', text: 'Its documentation', path: '/manager/docs' },
  ];
}

/** For a program. */
export function homeJson(page: HomePage): string {
  return JSON.stringify({ name: 'Quicksilver', links: placesOf(page) });
}

/** For a browser. */
export function homeHtml(page: HomePage): string {
  const rows = placesOf(page).map(({ name, text, path }) => {
    const address = escaped(path);
    const link = path.includes('{') ? address : `<a href="${address}">${address}</a>`;
    return `<tr><td>${escaped(name)}</td><td>${link}</td><td>${escaped(text)}</td></tr>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Quicksilver</title>
<style>body{font:16px sans-serif;margin:2em}td{padding:.2em 1em .2em 0}</style>
<h1>Quicksilver</h1>
<p>A Kafka topic is a table you can query and a stream you can follow.</p>
<table>${rows.join('\n')}</table>
</html>
`;
}

function escaped(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
