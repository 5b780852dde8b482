import { createHash } from 'node:crypto';
import { mkdir, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { ensureFiles, type EnsureFilesOptions } from './ensure-files.ts';
import { type Answer, type FileServer, sendBytes, startFileServer } from './file-server.ts';

const BYTES = Buffer.from('the bytes of a JAR, of which there are some');
const PATH = 'org/example/lib/1.0/lib-1.0.jar';
const FILE = { path: PATH, sha256: createHash('sha256').update(BYTES).digest('hex') };

interface Bench extends AsyncDisposable {
  readonly dir: string;
  readonly server: FileServer;
  readonly options: EnsureFilesOptions;
  readonly cacheDir: string;
}

async function bench(answer: Answer): Promise<Bench> {
  const dir = await mkdtempDisposable(join(tmpdir(), 'maven-'));
  const server = await startFileServer(answer);
  const cacheDir = join(dir.path, 'cache');
  const options: EnsureFilesOptions = {
    cacheDir,
    name: 'lib',
    files: [FILE],
    repositoryUrl: `${server.url}/maven2/`,
    env: { HOME: dir.path },
    firstPauseMs: 1,
  };
  return {
    dir: dir.path,
    server,
    options,
    cacheDir,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await dir.remove();
    },
  };
}

test('files are downloaded once, and the second time needs no network', async () => {
  await using run = await bench(sendBytes(BYTES));
  const { options, server, cacheDir } = run;
  const progress: string[] = [];
  const onProgress = ({ done, total }: { done: number; total: number }): void => {
    progress.push(`${done}/${total}`);
  };
  expect(await ensureFiles({ ...options, onProgress })).toBe(join(cacheDir, 'lib'));
  expect(await readFile(join(cacheDir, 'lib/lib-1.0.jar'))).toEqual(BYTES);
  expect(progress).toEqual(['0/1', '1/1']);
  await ensureFiles({ ...options, repositoryUrl: 'http://127.0.0.1:1' });
  expect(server.requests).toEqual([`GET /maven2/${PATH}`]);
  expect(await readdir(cacheDir)).toEqual(['lib']);
});

test('of several callers one downloads, also over a damaged directory', async () => {
  await using run = await bench(sendBytes(BYTES));
  const { options, server, cacheDir } = run;
  await mkdir(join(cacheDir, 'lib'), { recursive: true });
  await Promise.all([1, 2, 3, 4].map(() => ensureFiles(options)));
  expect(server.requests).toHaveLength(1);
  expect(await readdir(cacheDir)).toEqual(['lib']);
});

test('a download that breaks continues at its last byte, in this run and in a later one', async () => {
  let part = '';
  await using run = await bench((request, response) => {
    if (request.headers.range !== 'bytes=5-') {
      sendBytes(BYTES)(request, response);
      return;
    }
    response.writeHead(206, { 'content-length': BYTES.length - 5 });
    response.write(BYTES.subarray(5, 10));
    void vi
      .waitUntil(async () => (await stat(part)).size === 10, { timeout: 20_000 })
      .then(() => response.destroy());
  });
  const { options, server, cacheDir } = run;
  part = join(cacheDir, '.lib.download/lib-1.0.jar.part');
  await mkdir(join(cacheDir, '.lib.download'), { recursive: true });
  await writeFile(part, BYTES.subarray(0, 5));
  await ensureFiles(options);
  expect(await readFile(join(cacheDir, 'lib/lib-1.0.jar'))).toEqual(BYTES);
  expect(server.requests.map((request) => request.replace(/^.*jar ?/, ''))).toEqual([
    'bytes=5-',
    'bytes=10-',
  ]);
});

test('a damaged beginning is discarded, and one that is complete needs no more bytes', async () => {
  await using run = await bench(sendBytes(BYTES));
  const { options, server, cacheDir } = run;
  const part = join(cacheDir, '.lib.download/lib-1.0.jar.part');
  await mkdir(join(cacheDir, '.lib.download'), { recursive: true });
  await writeFile(part, 'other');
  await ensureFiles(options);
  expect(await readFile(join(cacheDir, 'lib/lib-1.0.jar'))).toEqual(BYTES);
  expect(server.requests).toHaveLength(2);
  await mkdir(join(cacheDir, '.again.download'), { recursive: true });
  await writeFile(join(cacheDir, '.again.download/lib-1.0.jar.part'), BYTES);
  await ensureFiles({ ...options, name: 'again' });
  expect(await readFile(join(cacheDir, 'again/lib-1.0.jar'))).toEqual(BYTES);
});

test('a file with another digest is rejected and not used', async () => {
  await using run = await bench(sendBytes(Buffer.from('evil')));
  await expect(ensureFiles(run.options)).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringMatching(/lib-1\.0\.jar has the SHA-256 \w{64}, expected \w{64}\.$/),
  });
  expect(await readdir(run.cacheDir)).toEqual(['.lib.download']);
  expect(await readdir(join(run.cacheDir, '.lib.download'))).toEqual([]);
});

test('a file that is missing fails at once, and a busy server is asked five times', async () => {
  let status = 404;
  await using run = await bench((_request, response) => response.writeHead(status).end());
  await expect(ensureFiles(run.options)).rejects.toMatchObject({
    message: `The download of ${run.server.url}/maven2/${PATH} failed: status 404 Not Found.`,
    whatToDo: expect.stringContaining('QUICK_MAVEN_REPOSITORY'),
  });
  expect(run.server.requests).toHaveLength(1);
  status = 503;
  await expect(ensureFiles(run.options)).rejects.toMatchObject({
    message: expect.stringContaining('503 Service Unavailable'),
  });
  expect(run.server.requests).toHaveLength(6);
});

test('a silent server ends with the deadline, and an abort ends the download at once', async () => {
  const giveUp = new AbortController();
  await using run = await bench(() => giveUp.abort(new Error('enough')));
  await expect(ensureFiles({ ...run.options, signal: giveUp.signal })).rejects.toThrow('enough');
  await expect(ensureFiles({ ...run.options, timeoutMs: 100 })).rejects.toMatchObject({
    code: 'DOWNLOAD_FAILED',
    message: expect.stringContaining('was not complete after 0.1 s'),
  });
  expect(await readdir(run.cacheDir)).toEqual(['.lib.download']);
});

test('a disk with too little space is rejected before the download', async () => {
  await using run = await bench(sendBytes(BYTES));
  const freeMbMin = Number.MAX_SAFE_INTEGER;
  await expect(ensureFiles({ ...run.options, freeMbMin })).rejects.toMatchObject({
    code: 'DISK_FULL',
    message: expect.stringMatching(/is full: \d+ MB are wanted, \d+ MB are free\.$/),
  });
  expect(run.server.requests).toEqual([]);
});

test('the mirror of Maven’s settings gets its login, and a host that it redirects to does not', async () => {
  const logins: unknown[] = [];
  await using other = await startFileServer((request, response) => {
    logins.push(request.headers.authorization);
    sendBytes(BYTES)(request, response);
  });
  await using run = await bench((request, response) => {
    logins.push(request.headers.authorization);
    response.writeHead(302, { location: `${other.url}/elsewhere` }).end();
  });
  await writeSettings(
    run.dir,
    `<mirrors><mirror><id>ours</id><mirrorOf>*</mirrorOf><url>${run.server.url}/all</url></mirror></mirrors>
     <servers><server><id>ours</id><username>me</username><password>pass</password></server></servers>`,
  );
  await ensureFiles({ ...run.options, repositoryUrl: undefined });
  expect(logins).toEqual([`Basic ${btoa('me:pass')}`, undefined]);
});

test('the proxy of the environment is used, and the one of Maven’s settings replaces it', async () => {
  await using run = await bench(sendBytes(BYTES));
  const { options, server, dir } = run;
  const origin = 'http://repository.example';
  const proxied = { ...options, repositoryUrl: origin };
  await ensureFiles({ ...proxied, env: { HOME: dir, HTTP_PROXY: server.url } });
  const proxies = `<proxy><host>127.0.0.1</host><port>${server.port}</port><nonProxyHosts>*.0.1</nonProxyHosts></proxy>`;
  await writeSettings(dir, `<proxies>${proxies}</proxies>`);
  const wrongEnv = { HOME: dir, HTTP_PROXY: 'http://127.0.0.1:1' };
  await ensureFiles({ ...proxied, name: 'again', env: wrongEnv });
  await ensureFiles({ ...options, name: 'direct', env: wrongEnv });
  expect(server.requests).toEqual([
    `GET ${origin}/${PATH}`,
    `GET ${origin}/${PATH}`,
    `GET /maven2/${PATH}`,
  ]);
});

async function writeSettings(home: string, inner: string): Promise<void> {
  await mkdir(join(home, '.m2'), { recursive: true });
  await writeFile(join(home, '.m2/settings.xml'), `<settings>${inner}</settings>`);
}
