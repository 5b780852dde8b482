import { open } from 'node:fs/promises';

import { lastLines } from '@quicksilver/processes/bounded-tail';

const TAIL_BYTES = 16_384;

/** The last lines of a log file. JSON lines are reduced to level, message and error. */
export async function readLogTail(file: string, count: number): Promise<string> {
  const text = await readTail(file).catch(() => '');
  return lastLines(text, count)
    .split('\n')
    .map((line) => readable(line))
    .join('\n');
}

async function readTail(file: string): Promise<string> {
  await using handle = await open(file, 'r');
  const { size } = await handle.stat();
  const bytes = Buffer.alloc(Math.min(size, TAIL_BYTES));
  await handle.read(bytes, 0, bytes.length, size - bytes.length);
  return bytes.toString('utf8');
}

function readable(line: string): string {
  try {
    const entry = JSON.parse(line) as {
      level?: unknown;
      msg?: unknown;
      err?: { message?: unknown };
    };
    const error = entry.err?.message === undefined ? '' : `: ${String(entry.err.message)}`;
    return entry.msg === undefined ? line : `${String(entry.level)} ${String(entry.msg)}${error}`;
  } catch {
    return line;
  }
}
