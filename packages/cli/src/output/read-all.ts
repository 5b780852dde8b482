import { CliError } from './cli-error.ts';

const BYTES_MAX = 64 * 1_048_576;

/** Reads a stream to its end as text. Throws `CliError` if it has more than 64 MB. */
export async function readAll(
  stream: AsyncIterable<Buffer | string>,
  signal: AbortSignal,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream) {
    signal.throwIfAborted();
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > BYTES_MAX) {
      throw new CliError(`The input has more than ${BYTES_MAX} bytes, the limit.`, {
        code: 'INPUT_TOO_LARGE',
      });
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
