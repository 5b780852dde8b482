export interface ReadyBlock {
  readonly seconds: number;
  readonly gatewayUrl: string;
  readonly ingestUrl: string;
  readonly mirrorUrl: string;
  readonly topics: readonly string[];
  readonly kafka: string;
  readonly dataDir: string;
  readonly logDir: string;
  /** A GraphQL query, as it stands in the project. */
  readonly query: string;
}

/** What is printed once everything serves: every address, and one command that can be pasted. */
export function printReadyBlock(block: ReadyBlock): string {
  const graphql = `${block.gatewayUrl}/graphql`;
  const rows = [
    ['GraphQL', graphql],
    ['GraphiQL', `${graphql} (in a browser)`],
    ['WebSocket', graphql.replace(/^http/, 'ws')],
    ['Ingest', block.ingestUrl],
    ['Mirrors', `${block.mirrorUrl} (${block.topics.join(', ')})`],
    ['Kafka', block.kafka],
    ['Data', `${block.dataDir} (logs in ${block.logDir})`],
  ] as const;
  const width = Math.max(...rows.map(([label]) => label.length));
  return [
    `Quicksilver is ready after ${block.seconds.toFixed(1)} seconds.`,
    '',
    ...rows.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`),
    '',
    'Try it:',
    '',
    `  ${curlFor(graphql, block.query)}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

/** One line for a POSIX shell. */
export function curlFor(url: string, query: string): string {
  const body = JSON.stringify({ query: oneLine(query) });
  return `curl -s ${url} -H 'content-type: application/json' -d ${shellQuoted(body)}`;
}

/** White space means nothing in a GraphQL document outside of strings; a comment ends with its line. */
function oneLine(query: string): string {
  return query
    .replaceAll(/#[^\n"]*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
