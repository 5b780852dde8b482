import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';

/**
 * A service as a runtime sees one: two ports, readiness, output, data. Its environment controls it:
 * with `SMALL_FAILS=1` it exits at once, `SMALL_NOT_READY` is why it is not ready, and
 * `SMALL_GREETING` is its response. The response also has the times when it and its predecessors on
 * the same data began to serve and got the signal to end. With `SMALL_STUBBORN=1` it ignores
 * SIGTERM. `POST /crash` on its port ends it with the code 7, and `POST /hang` blocks it forever.
 */
const { env } = process;
const dataDirectory = env['QUICK_DATA_DIR'] ?? '.';
const startsFile = join(dataDirectory, 'starts');
const momentsFile = join(dataDirectory, 'moments');

appendFileSync(startsFile, '.');
const starts = readFileSync(startsFile, 'utf8').length;
say(`start ${starts} of these data, greeting ${env['SMALL_GREETING'] ?? 'none'}`);

if (env['SMALL_FAILS'] === '1') {
  say('something is missing here');
  process.exitCode = 3;
} else {
  serve();
}

function serve(): void {
  const notReady = env['SMALL_NOT_READY'] ?? '';
  const ops = createServer((_request, response) => {
    response.writeHead(notReady === '' ? 200 : 503).end(notReady === '' ? 'ok\n' : notReady);
  });
  const end = (): void => {
    for (const server of [service, ops]) {
      server.close();
      server.closeAllConnections();
    }
  };
  const service = createServer((request, response) => {
    if (request.url === '/hang') {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    }
    if (request.method === 'POST') {
      say('told to crash');
      process.exitCode = 7;
      end();
      return;
    }
    if (request.url === '/write') {
      process.stdout.write(`${'x'.repeat(99)}\n`.repeat(100));
    }
    const greeting = env['SMALL_GREETING'];
    const moments = readFileSync(momentsFile, 'utf8').trimEnd().split('\n');
    response.end(JSON.stringify({ pid: process.pid, starts, greeting, moments }));
  });
  const host = env['QUICK_HOST'] ?? '127.0.0.1';
  service.listen(Number(env['QUICK_PORT']), host, () => {
    note('serves');
    ops.listen(Number(env['QUICK_OPS_PORT']), host);
  });
  process.on('SIGTERM', () => {
    say('asked to end');
    note('ends');
    if (env['SMALL_STUBBORN'] !== '1') {
      end();
    }
  });
}

/** From a clock that all processes of a machine share. */
function note(what: 'serves' | 'ends'): void {
  appendFileSync(momentsFile, `${what} ${process.hrtime.bigint()}\n`);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
