/**
 * The limit for the mirror's reads: the same HTTP server and routes, answered from a Map of bytes.
 * Arguments: the number of keys.
 */
import { createLog } from '@quicksilver/common/observe/log';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { LAG_HEADER, POSITION_HEADER } from '@quicksilver/contracts/mirror-api/contract';

import { documentOf, keyOf } from '../src/records.ts';

/** As long as the mirror's. */
const CURSOR = 'A'.repeat(24);
const COMMA = Buffer.from('\n,');
const keys = Number(process.argv[2]);
const values = new Map<string, Buffer>();
for (let index = 0; index < keys; index += 1) {
  values.set(keyOf(index), Buffer.from(documentOf(index)));
}
const log = createLog('map-server', 'info');
const server = new HttpServer({
  name: 'http',
  host: '127.0.0.1',
  port: 0,
  log,
  keys: undefined,
  routes: (app) => {
    app.get<{ Params: { key: string } }>('/topics/:topic/keys/:key', (request, reply) => {
      reply
        .header('content-type', 'application/json')
        .header(POSITION_HEADER, '0:1@AAAAAAAAAAAAAAAAAAAAAA')
        .header(LAG_HEADER, '0')
        .send(values.get(request.params.key));
    });
    app.get<{ Querystring: { from: string; limit: string } }>(
      '/topics/:topic/range/:key',
      (request, reply) => {
        const from = Number(request.query.from);
        const parts: Buffer[] = [Buffer.from('{"items":[\n')];
        for (let at = 0; at < Number(request.query.limit); at += 1) {
          if (at > 0) {
            parts.push(COMMA);
          }
          parts.push(values.get(keyOf(from + at)) ?? Buffer.from('null'));
        }
        parts.push(Buffer.from(`\n],"next":"${CURSOR}"}`));
        reply
          .header('content-type', 'application/json')
          .header(POSITION_HEADER, '0:1@AAAAAAAAAAAAAAAAAAAAAA')
          .header(LAG_HEADER, '0')
          .send(Buffer.concat(parts));
      },
    );
    app.post('/topics/:topic/keys::batchGet', (request, reply) => {
      const keys: unknown = JSON.parse(String(request.body));
      const parts: Buffer[] = [Buffer.from('[\n')];
      for (const [at, key] of (keys as string[]).entries()) {
        if (at > 0) {
          parts.push(COMMA);
        }
        parts.push(values.get(key) ?? Buffer.from('null'));
      }
      parts.push(Buffer.from('\n]'));
      reply.header('content-type', 'application/json').send(Buffer.concat(parts));
    });
  },
});
const stop = new AbortController();
await server.start({ signal: stop.signal, fail: (error) => log.error({ err: error }, 'failed') });
log.info({ address: server.address() }, 'ready');
process.on('SIGTERM', () => void server.stop());
