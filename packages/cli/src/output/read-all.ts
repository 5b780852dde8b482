import { CliError } from './cli-error.ts';

const BYTES_MAX = 64 * 1_048_576;

/** Everything that a stream holds, as text. Throws `CliError` where that is more than a file of ours may have. */
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
      throw new CliError(`Expected at most ${BYTES_MAX} bytes of input, found more.`, {
        code: 'INPUT_TOO_LARGE',
      });
    }
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
