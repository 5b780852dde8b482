// A REST service that was there before: it answers GET /loyalty/{id}, and knows nothing of topics.
import { createServer } from 'node:http';

const POINTS = new Map([
  ['1', 1_240],
  ['2', 310],
]);

const server = createServer((request, response) => {
  const [, path, id = ''] = (request.url ?? '').split('/');
  const points = path === 'loyalty' && request.method === 'GET' ? POINTS.get(id) : undefined;
  const body = points === undefined ? undefined : { points, level: points > 999 ? 'gold' : 'blue' };
  response.writeHead(body === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(body === undefined ? '' : JSON.stringify(body));
});

// Also in quick.yaml and schema.graphql.
server.listen(8091, '127.0.0.1');
