import assert from 'node:assert/strict';

import { runCli } from '@quicksilver/cli/run-cli';
import { runCommand } from '@quicksilver/testkit/cli-run';
import { eventually } from '@quicksilver/testkit/eventually';
import { ManagedNetwork } from '@quicksilver/testkit/managed-network';

import { BakdataClient } from './bakdata-client.ts';
import { RecommenderService } from './recommender-service.ts';

export const VISIBLE_MS = 60_000;

/** The steps of the scripts of bakdata Quick, on a deployment of this project. */
export class BakdataScript implements AsyncDisposable {
  readonly network: ManagedNetwork;
  readonly recommender: RecommenderService;
  readonly client: BakdataClient;
  /** Of the edge. */
  readonly url: string;

  static async start(): Promise<BakdataScript> {
    const recommender = await RecommenderService.start();
    const env = { QUICK_REST_ALLOWED_HOSTS: recommender.host };
    const network = await ManagedNetwork.start({ needsKey: true, env });
    const { url } = await network.startEdge();
    const { apiKey } = network;
    const client = await BakdataClient.open({ url, apiKey });
    const script = new BakdataScript({ network, recommender, client, url });
    await script.quick(`context create --host ${url} --key ${apiKey}`, '');
    return script;
  }

  private constructor(parts: Pick<BakdataScript, 'network' | 'recommender' | 'client' | 'url'>) {
    this.network = parts.network;
    this.recommender = parts.recommender;
    this.client = parts.client;
    this.url = parts.url;
  }

  /** Runs quick-cli, which must print this line. */
  async quick(line: string, output: string): Promise<void> {
    const stdout = output === '' ? '' : `${output}\n`;
    assert.deepEqual(await this.client.quick(line), { exitCode: 0, stdout }, line);
  }

  /** Runs the command of this project. */
  async ownQuick(line: string): Promise<void> {
    const env = { QUICK_URL: this.url, QUICK_APIKEY: this.network.apiKey };
    const outcome = await runCommand(runCli, line.split(' '), { home: this.client.home, env });
    assert.equal(outcome.code, 0, `${line}: ${outcome.stderr}`);
  }

  async createGateway(gateway: string, schema: string): Promise<void> {
    await this.quick(
      `gateway create ${gateway}`,
      `Create gateway ${gateway} (this may take a few seconds)`,
    );
    await this.applySchema(gateway, schema);
  }

  async applySchema(gateway: string, schema: string): Promise<void> {
    await this.client.write('schema.gql', schema);
    await this.quick(
      `gateway apply ${gateway} -f schema.gql`,
      `Applied schema to gateway ${gateway}`,
    );
  }

  createTopic(topic: string, types: string): Promise<void> {
    return this.quick(`topic create ${topic} ${types}`, `Created new topic ${topic}`);
  }

  /** Writes once, directly after the topic was created, as the scripts do. */
  async ingest(path: string, records: unknown): Promise<void> {
    const [body, status] = await this.client.curl(
      'POST',
      `/ingest/${path}`,
      JSON.stringify(records),
    );
    assert.equal(status, 201, body);
  }

  /** Queries until the data is this. The scripts sleep up to 30 seconds before they read. */
  async expectData(gateway: string, operation: string, data: object): Promise<void> {
    await eventually(async () => {
      assert.deepEqual(await this.client.query(gateway, operation), data);
    }, VISIBLE_MS);
  }

  async deleteAll(gateway: string, ...topics: readonly string[]): Promise<void> {
    await this.quick(`gateway delete ${gateway}`, `Deleted gateway ${gateway}`);
    for (const topic of topics) {
      await this.quick(`topic delete ${topic}`, `Deleted topic ${topic}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
    await this.network[Symbol.asyncDispose]();
    await this.recommender[Symbol.asyncDispose]();
  }
}
