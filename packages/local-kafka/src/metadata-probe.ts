import { connect } from 'node:net';

export interface KafkaAddress {
  readonly host: string;
  readonly port: number;
}

export interface ClusterView {
  readonly clusterId: string | undefined;
  /** The brokers that serve; empty while the only one is still starting. */
  readonly brokers: readonly KafkaAddress[];
}

/**
 * Asks for a cluster's brokers with one Metadata request (version 4, no topics, creating none), so
 * that "the port is open" is not mistaken for "a Kafka answers". Rejects when no answer that can be
 * read arrives in time.
 */
export function probeCluster(address: KafkaAddress, timeoutMs: number): Promise<ClusterView> {
  return new Promise((resolve, reject) => {
    const socket = connect(address.port, address.host);
    const chunks: Buffer[] = [];
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(new Error(`${address.host}:${address.port} gave no answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    socket.once('connect', () => socket.write(metadataRequest()));
    socket.once('error', fail);
    socket.once('close', () =>
      fail(new Error(`${address.host}:${address.port} closed the connection`)),
    );
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      const received = Buffer.concat(chunks);
      if (received.length > ANSWER_BYTES_MAX) {
        fail(new Error(`${address.host}:${address.port} does not speak Kafka’s protocol`));
      } else if (received.length >= 4 && received.length >= 4 + received.readInt32BE(0)) {
        try {
          const view = clusterView(received);
          clearTimeout(timer);
          socket.destroy();
          resolve(view);
        } catch (error) {
          fail(
            new Error(`${address.host}:${address.port} does not speak Kafka’s protocol`, {
              cause: error,
            }),
          );
        }
      }
    });
  });
}

const METADATA = 3;
const VERSION = 4;
const CORRELATION_ID = 0x5153;
const ANSWER_BYTES_MAX = 1024 * 1024;

function metadataRequest(): Buffer {
  const clientId = Buffer.from('quicksilver-probe');
  const request = Buffer.alloc(4 + 10 + clientId.length + 5);
  request.writeInt32BE(request.length - 4, 0);
  request.writeInt16BE(METADATA, 4);
  request.writeInt16BE(VERSION, 6);
  request.writeInt32BE(CORRELATION_ID, 8);
  request.writeInt16BE(clientId.length, 12);
  clientId.copy(request, 14);
  // What remains is zero: an empty list of topics, and "create none".
  return request;
}

function clusterView(answer: Buffer): ClusterView {
  if (answer.readInt32BE(4) !== CORRELATION_ID) {
    throw new Error('an answer to another request');
  }
  // Size, correlation id and throttle time come first.
  let at = 12;
  const text = (): string | undefined => {
    const length = answer.readInt16BE(at);
    at += 2;
    if (length < 0) {
      return undefined;
    }
    const value = answer.toString('utf8', at, at + length);
    at += length;
    return value;
  };
  const brokers: KafkaAddress[] = [];
  const count = answer.readInt32BE(at);
  at += 4;
  for (let i = 0; i < count; i += 1) {
    at += 4; // The node's id.
    const host = text() ?? '';
    brokers.push({ host, port: answer.readInt32BE(at) });
    at += 4;
    text(); // The rack.
  }
  return { brokers, clusterId: text() };
}
