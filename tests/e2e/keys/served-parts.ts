import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { readConfig, type Environment } from '@quicksilver/common/config/option';
import { ApiKeys } from '@quicksilver/common/http/api-keys';
import { HttpServer } from '@quicksilver/common/http/http-server';
import { OpsServer } from '@quicksilver/common/http/ops-server';
import type { Part } from '@quicksilver/common/lifecycle/part';
import { assembleEdge } from '@quicksilver/edge/assemble';
import { edgeOptions } from '@quicksilver/edge/config';
import { assembleGateway } from '@quicksilver/gateway/assemble';
import { gatewayOptions } from '@quicksilver/gateway/config';
import { assembleIngest } from '@quicksilver/ingest/assemble';
import { ingestOptions } from '@quicksilver/ingest/config';
import { assembleManager } from '@quicksilver/manager/assemble';
import { managerOptions } from '@quicksilver/manager/config';
import { assembleMirror } from '@quicksilver/mirror/assemble';
import { mirrorOptions } from '@quicksilver/mirror/config';
import { MemoryRuntime } from '@quicksilver/testkit/memory-runtime';
import { silentLog } from '@quicksilver/testkit/silent-log';

const SCHEMA =
  'type Query { item(id: ID): Item @topic(name: "t", keyArgument: "id") } type Item { id: ID }';

/** Every service, with the options that give it all of its routes. The edge is last. */
const SERVICES: Readonly<Record<string, (env: Environment) => readonly Part[]>> = {
  ingest: (env) => assembleIngest(readConfig(ingestOptions, env), { log: silentLog }).parts,
  mirror: (env) =>
    assembleMirror(
      // One topic has Quick's paths, a paused mirror the dump.
      readConfig(mirrorOptions, {
        ...env,
        QUICK_MIRROR_TOPICS: 't',
        QUICK_MIRROR_PAUSE_CONSUME: '1',
      }),
      { log: silentLog },
    ).parts,
  gateway: (env) =>
    assembleGateway(readConfig(gatewayOptions, env), { sdl: SCHEMA }, { log: silentLog }).parts,
  manager: (env) =>
    assembleManager(readConfig(managerOptions, { ...env, QUICK_MANAGER_WAIT_MS: '100' }), {
      log: silentLog,
      createRuntime: () => new MemoryRuntime(),
    }).parts,
  edge: (env) => assembleEdge(readConfig(edgeOptions, env), { log: silentLog }).parts,
};

/** Files that may make servers: those of the services above. */
export const SERVER_FILES: readonly string[] = [
  'packages/common/src/http/http-server.ts',
  'packages/common/src/http/ops-server.ts',
  'packages/service/src/service-kit.ts',
];

/** Where the edge finds what does not come from Kafka. */
function addressesOf(served: readonly Served[]): Environment {
  const find = (name: string): string | undefined => {
    const server = served.find((each) => each.name === `${name} http`)?.server;
    return server && `http://${server.address()}`;
  };
  return { QUICK_MANAGER_URL: find('manager'), QUICK_INGEST_URL: find('ingest') };
}

export interface Served {
  /** `mirror http`, `mirror ops`. */
  readonly name: string;
  readonly server: HttpServer | OpsServer;
}

/** The servers of every service in this process, with nothing behind them. */
export class ServedParts implements AsyncDisposable {
  readonly served: readonly Served[];
  /** The keys of each service. */
  readonly keys: readonly ApiKeys[];
  readonly #closing: AsyncDisposableStack;

  private constructor(
    served: readonly Served[],
    keys: readonly ApiKeys[],
    closing: AsyncDisposableStack,
  ) {
    this.served = served;
    this.keys = keys;
    this.#closing = closing;
  }

  static async start(bootstrapServer: string, options: Environment): Promise<ServedParts> {
    await using closing = new AsyncDisposableStack();
    const dataDir = await mkdtemp(join(tmpdir(), 'quicksilver-served-'));
    closing.defer(() => rm(dataDir, { recursive: true, force: true }));
    const run = { signal: new AbortController().signal, fail: () => {} };
    const served: Served[] = [];
    const keys: ApiKeys[] = [];
    for (const [service, assemble] of Object.entries(SERVICES)) {
      const parts = assemble({
        ...options,
        QUICK_KAFKA_BOOTSTRAP_SERVER: bootstrapServer,
        QUICK_DATA_DIR: dataDir,
        QUICK_PORT: '0',
        QUICK_OPS_PORT: '0',
        ...addressesOf(served),
      });
      for (const part of parts) {
        closing.defer(() => part.stop());
        const isServer = part instanceof HttpServer || part instanceof OpsServer;
        if (isServer || part instanceof ApiKeys) {
          await part.start(run);
        }
        if (part instanceof ApiKeys) {
          keys.push(part);
        }
        if (isServer) {
          const kind = part instanceof OpsServer ? 'ops' : 'http';
          served.push({ name: `${service} ${kind}`, server: part });
        }
      }
    }
    return new ServedParts(served, keys, closing.move());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closing.disposeAsync();
  }
}
