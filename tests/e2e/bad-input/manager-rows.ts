/** A request to the manager, and how it is refused. */
export interface ManagerRow {
  /** The row's number in the table of bad input. */
  readonly row: number;
  /** What is sent, in words. */
  readonly input: string;
  readonly method: 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly status: number;
  readonly code: string;
}

const shown = (name: string): string =>
  name.length > 40 ? `a name of ${name.length} characters` : JSON.stringify(name);

/** Names that nothing may have but a topic, which may have some of them. */
const NAMES: readonly string[] = [
  '',
  'A',
  '-a',
  'a-',
  'a_b',
  'a.b',
  'a'.repeat(46),
  'a\n',
  'a:b',
  '../x',
  'a;rm -rf',
  '{{7*7}}',
  '[(${7*7})]',
  '🦊',
  'é',
  '__proto__',
];

const badNames = NAMES.flatMap((name): readonly ManagerRow[] => {
  const refused = { row: 141, status: 400, code: 'INVALID_NAME' } as const;
  const app = { name, registry: 'r', imageName: 'i', tag: '1' };
  const path = encodeURIComponent(name);
  const inPath: readonly ManagerRow[] = [
    {
      ...refused,
      input: `PUT of the gateway ${shown(name)}`,
      method: 'PUT',
      path: `/gateway/${path}`,
      body: {},
    },
    {
      ...refused,
      input: `PUT of the application ${shown(name)}`,
      method: 'PUT',
      path: `/application/${path}`,
      body: { command: ['x'] },
    },
  ];
  return [
    {
      ...refused,
      input: `a gateway ${shown(name)}`,
      method: 'POST',
      path: '/gateway',
      body: { name },
    },
    {
      ...refused,
      input: `an application ${shown(name)}`,
      method: 'POST',
      path: '/application',
      body: app,
    },
    {
      ...refused,
      input: `a mirror ${shown(name)}`,
      method: 'POST',
      path: '/topic/mirror',
      body: { name, topicName: 'other' },
    },
    // Without a name the path is another one.
    ...(name === '' ? [] : inPath),
  ];
});

const topicNames = [
  'a b',
  'a:b',
  '..',
  '../x',
  'a\n',
  '\0',
  'a;rm -rf',
  '{{7*7}}',
  '🦊',
  'a'.repeat(250),
].flatMap((name): readonly ManagerRow[] =>
  (['POST', 'PUT'] as const).map((method) => ({
    row: 141,
    input: `${method} of the topic ${shown(name)}`,
    method,
    path: `/topic/${name === '..' ? '%2E%2E' : encodeURIComponent(name)}`,
    body: method === 'PUT' ? { key: 'string', value: 'json' } : {},
    status: 400,
    code: 'INVALID_NAME',
  })),
);

const reserved = ['__topic-registry', '__quick-resources', '__consumer_offsets', '__x'].map(
  (name): ManagerRow => ({
    row: 141,
    input: `a topic ${name}`,
    method: 'POST',
    path: `/topic/${name}`,
    body: {},
    status: 403,
    code: 'INTERNAL_TOPIC',
  }),
);

/** Kept for Kubernetes and for the parts of an installation. */
const reservedNames = ['kube-system', 'quick-metadata'].flatMap((name): readonly ManagerRow[] => {
  const refused = { row: 141, status: 403, code: 'RESERVED_NAME' } as const;
  const app = { command: ['x'] };
  return [
    { ...refused, input: `a gateway ${name}`, method: 'POST', path: '/gateway', body: { name } },
    { ...refused, input: `PUT of ${name}`, method: 'PUT', path: `/gateway/${name}`, body: {} },
    { ...refused, input: `an app ${name}`, method: 'PUT', path: `/application/${name}`, body: app },
    {
      ...refused,
      input: `a mirror ${name}`,
      method: 'POST',
      path: '/topic/mirror',
      body: { name, topicName: 'other' },
    },
  ];
});

const unknown: readonly ManagerRow[] = [
  '/topic/nothing',
  '/topic/nothing/mirror',
  '/gateway/nothing',
  '/application/nothing',
].map((path) => ({
  row: 142,
  input: `DELETE of ${path}`,
  method: 'DELETE',
  path,
  status: 404,
  code: 'RESOURCE_NOT_FOUND',
}));

const put = (row: number, path: string, body: unknown, code = 'BAD_REQUEST'): ManagerRow => ({
  row,
  input: `PUT ${path} ${JSON.stringify(body).slice(0, 80)}`,
  method: 'PUT',
  path,
  body,
  status: 400,
  code,
});
const post = (row: number, path: string, body: unknown, code = 'BAD_REQUEST'): ManagerRow => ({
  ...put(row, path, body, code),
  input: `POST ${path} ${JSON.stringify(body).slice(0, 80)}`,
  method: 'POST',
});

const TOPIC = { key: 'string', value: 'json' };
const DURATIONS = ['P-1D', 'PT0S', 'abc', 'P', 'P1Y', '', '1 day', 'PT1H;', 5];
const numbers: readonly ManagerRow[] = [
  ...[0, -1, 1e6, 1.5, '3', null].map((partitions) =>
    put(143, '/topic/never', { ...TOPIC, partitions }),
  ),
  put(143, '/topic/never', { ...TOPIC, replication: 0 }),
  put(143, '/topic/never', { ...TOPIC, replication: 17 }),
  // More than there are brokers: Kafka says so.
  put(143, '/topic/never', { ...TOPIC, replication: 9 }, 'INVALID_SPEC'),
  put(143, '/topic/never', { ...TOPIC, configs: { 'retention.ms': 'soon' } }, 'INVALID_SPEC'),
  put(143, '/topic/never', { ...TOPIC, configs: { 'no.such.setting': '1' } }, 'INVALID_SPEC'),
  ...DURATIONS.flatMap((text) => [
    put(143, '/topic/never', { ...TOPIC, retention: text }),
    post(143, '/topic/never', { retentionTime: text }),
  ]),
  ...[0, -1, 1e4, 1.5, '2'].flatMap((replicas) => [
    post(143, '/gateway', { name: 'never', replicas }),
    post(143, '/topic/mirror', { name: 'never', topicName: 'never', replicas }),
    put(143, '/application/never', { command: ['x'], replicas }),
  ]),
  put(143, '/application/never', { command: ['x'], memory: '1ZB' }),
];

const types: readonly ManagerRow[] = [
  ...['thrift', 'strin', '__proto__', 7].map((key) => put(144, '/topic/never', { ...TOPIC, key })),
  // Without a registry.
  ...['AVRO', 'protobuf', 'json-schema'].map((key) =>
    put(144, '/topic/never', { ...TOPIC, key }, 'INVALID_SPEC'),
  ),
  put(144, '/topic/never', { key: 'string', value: 'schema' }, 'INVALID_SPEC'),
  put(144, '/topic/never', { key: 'string', value: 'avro' }, 'INVALID_SPEC'),
  put(144, '/topic/never', { ...TOPIC, recordNames: true }, 'INVALID_SPEC'),
  put(144, '/topic/never', { ...TOPIC, schema: 'shop.Product' }, 'INVALID_SPEC'),
  put(144, '/topic/never', { key: 'string', value: 'schema', schema: 'shop' }),
  put(144, '/topic/never', { key: 'string', value: 'schema', schema: '../shop.Product' }),
  put(144, '/topic/never', { key: 'string' }, 'INVALID_SPEC'),
  {
    ...put(144, '/topic/never', { key: 'string', value: 'schema', schema: 'nothing.Type' }),
    status: 404,
    code: 'RESOURCE_NOT_FOUND',
  },
];

/** The manager of these rows lets `@rest` fetch from api.example.com alone. */
const restUrls: readonly ManagerRow[] = [
  'http://169.254.169.254/latest/meta-data',
  'http://[::ffff:127.0.0.1]/',
  'http://[::ffff:7f00:1]/',
  'http://0x7f000001/',
  'http://2130706433/',
  'http://127.0.0.1/',
  'http://localhost/',
  'file:///etc/passwd',
  'gopher://api.example.com/',
  'http://user:pw@api.example.com/',
  'http://kafka:9092/',
  'http://api.example.com:9092/',
  'http://api.example.com.evil.com/',
  'http://api.example.com@evil.com/',
  'https://api.example.com/a/../b',
].map((url) => {
  const schema = `type Query { a: A @rest(url: "${url}") } type A { b: Int }`;
  const row = post(146, '/gateway', { name: 'never', schema }, 'INVALID_SCHEMA');
  return { ...row, input: `@rest of ${url}` };
});

const app = (more: object): ManagerRow =>
  put(147, '/application/never', { command: ['x'], ...more });
const image = (text: string, code?: string): ManagerRow =>
  put(147, '/application/never', { image: text }, code);
const QUICK_IMAGE = { name: 'never', registry: 'evil.io', imageName: 'x', tag: '1' };
const applications: readonly ManagerRow[] = [
  image('evil.io/x'),
  // The manager of these rows takes images of registry.example.com alone.
  image('evil.io/x:1', 'INVALID_SPEC'),
  image('registry.example.com.evil.io/x:1', 'INVALID_SPEC'),
  image('docker.io/library/node:24', 'INVALID_SPEC'),
  post(147, '/application', QUICK_IMAGE, 'INVALID_SPEC'),
  image('x:1'),
  image('evil.io/x@sha256:12'),
  image('evil.io/x:1 --privileged'),
  image('evil.io/../x:1'),
  image('-v/etc/x:1'),
  ...['LD_PRELOAD', 'NODE_OPTIONS', 'A=B', '', '1A', 'a b'].map((name) =>
    app({ environment: { [name]: 'x' } }),
  ),
  app({ environment: { A: 'a\0b' } }),
  app({ command: ['a\0b'] }),
  app({ command: [] }),
  app({ command: 'node app.js' }),
  app({ arguments: { '--privileged': '' } }),
  ...[0, 70_000, -1, '80'].map((port) => app({ port })),
  app({ hostPath: '/' }),
  app({ privileged: true }),
  app({ podSpec: { containers: [] } }),
  put(147, '/application/never', {}, 'INVALID_SPEC'),
  put(147, '/application/never', { command: ['x'], image: 'r/i:1' }, 'INVALID_SPEC'),
];

export const MANAGER_ROWS: readonly ManagerRow[] = [
  ...badNames,
  ...topicNames,
  ...reserved,
  ...reservedNames,
  ...unknown,
  ...numbers,
  ...types,
  ...restUrls,
  ...applications,
];
