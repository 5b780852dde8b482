export interface ReadyBlock {
  readonly seconds: number;
  /** What does not serve, each as a text. */
  readonly problems: readonly string[];
  /** Of the edge. */
  readonly url: string;
  readonly gateways: readonly string[];
  readonly topics: readonly string[];
  readonly kafka: string;
  /** Of the schema registry that this run started. */
  readonly registry?: string | undefined;
  readonly dataDir: string;
  readonly logDir: string;
  /** The GraphQL query of the project. */
  readonly query: string | undefined;
  readonly hasKeys: boolean;
}

/** The text to print once everything serves: all addresses, and one command to paste. */
export function printReadyBlock(block: ReadyBlock): string {
  const { url, gateways, topics, query, hasKeys } = block;
  const graphql = gateways.map((name) => `${url}/gateway/${name}/graphql`);
  const rows = [
    ['Overview', `${url}/`],
    ...graphql.flatMap((address) => [
      ['GraphQL', address],
      [
        'GraphiQL',
        `${withQuery(address, address === graphql[0] ? query : undefined)} (in a browser)`,
      ],
      ['WebSocket', address.replace(/^http/, 'ws')],
    ]),
    ['Lookups', `${url}/topics/{topic}/keys/{key}${ofTopics(topics)}`],
    ['Ingest', `${url}/ingest/{topic}`],
    ['Manager', `${url}/manager (its API in a browser: ${url}/manager/docs)`],
    ['Kafka', block.kafka],
    ...(block.registry === undefined ? [] : [['Schemas', block.registry]]),
    ['Data', block.dataDir],
    ['Logs', block.logDir],
    [
      'Keys',
      hasKeys
        ? 'every request needs one of yours in X-API-Key'
        : 'none: every program on this machine has access, and no other machine',
    ],
  ] as const;
  const width = Math.max(...rows.map(([label = '']) => label.length));
  const [first] = graphql;
  return [
    ...titleOf(block),
    '',
    ...rows.map(([label = '', value = '']) => `  ${label.padEnd(width)}  ${value}`),
    '',
    'Try it:',
    '',
    `  ${first === undefined ? `curl -s ${url}/manager/status` : curlFor(first, query ?? '{ __typename }', hasKeys)}`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n');
}

function titleOf({ seconds, problems }: ReadyBlock): readonly string[] {
  const after = `after ${seconds.toFixed(1)} seconds`;
  return problems.length === 0
    ? [`Quicksilver is ready ${after}.`]
    : [
        ...problems.map((problem) => `Warning: ${problem}`),
        `Quicksilver is up ${after}, but not everything serves.`,
        'The rest serves. If you correct the project and save it, the change is applied at once.',
      ];
}

/** GraphiQL opens with the query of its address. A terminal could not show a long one. */
function withQuery(address: string, query: string | undefined): string {
  const text = query === undefined ? '' : `?query=${encodeURIComponent(query.trim())}`;
  return text === '' || text.length > QUERY_CHARS_MAX ? address : `${address}${text}`;
}

/** A command of one line for a POSIX shell. */
export function curlFor(url: string, query: string, hasKeys = false): string {
  const body = JSON.stringify({ query: oneLine(query) });
  const key = hasKeys ? ` -H "X-API-Key: $QUICK_APIKEY"` : '';
  return `curl -s ${url} -H 'content-type: application/json'${key} -d ${shellQuoted(body)}`;
}

/** Outside of strings GraphQL ignores white space. Comments go, since they end with their line. */
function oneLine(query: string): string {
  return query
    .replaceAll(/#[^\n"]*$/gm, '')
    .replaceAll(/\s+/g, ' ')
    .trim();
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const TOPICS_SHOWN = 6;
const QUERY_CHARS_MAX = 1_000;

function ofTopics(topics: readonly string[]): string {
  const more = topics.length > TOPICS_SHOWN ? ', …' : '';
  return topics.length === 0 ? '' : ` (${topics.slice(0, TOPICS_SHOWN).join(', ')}${more})`;
}
