import {
  closeSync,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { open, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { codeOf } from '@quicksilver/common/errors/code-of';
import { pause } from '@quicksilver/common/flow/deadline';

import type { LogOptions } from '../runtime.ts';
import { LineSplitter } from './line-splitter.ts';

export interface LogLimits {
  /** A larger file is rotated. */
  readonly bytesMax: number;
  /** Number of rotated files to keep. */
  readonly filesMax: number;
}

const CHUNK_BYTES = 65_536;
const TAIL_BYTES_MAX = 8 * 1_024 * 1_024;
const LINES_MAX = 10_000;
const LOOK_MS = 100;
const LAST_WORDS_LINES = 5;
const LAST_WORDS_CHARS = 600;

/**
 * The output of one replica: `out.log`, which the process appends to, and the rotated files
 * `out.log.1` and so on. The process keeps its file open, so a full file is copied and truncated,
 * not renamed.
 */
export class ReplicaLog {
  readonly file: string;
  readonly #limits: LogLimits;
  #rotations = 0;

  constructor(directory: string, limits: LogLimits) {
    this.file = join(directory, 'out.log');
    this.#limits = limits;
  }

  async size(): Promise<number> {
    return await sizeOf(this.file);
  }

  /** Rotates the file if it exceeds the limit. */
  async rotate(): Promise<void> {
    if ((await this.size()) <= this.#limits.bytesMax) {
      return;
    }
    await rm(this.#rotatedFile(this.#limits.filesMax), { force: true });
    // Synchronous, to keep the gap between copy and truncation short. Output in that gap is lost.
    for (let age = this.#limits.filesMax - 1; age >= 1; age -= 1) {
      renameIfThere(this.#rotatedFile(age), this.#rotatedFile(age + 1));
    }
    copyAndEmpty(this.file, this.#rotatedFile(1));
    this.#rotations += 1;
  }

  /** The last lines written since the file had `from` bytes, for a message. */
  async lastWords(from: number): Promise<string> {
    const size = await this.size();
    const start = Math.max(size < from ? 0 : from, size - LAST_WORDS_CHARS * 4);
    const lines = new LineSplitter();
    const wholeLines: string[] = [];
    for await (const chunk of chunksOf(this.file, start)) {
      wholeLines.push(...lines.push(chunk));
    }
    return [...wholeLines, ...lines.rest()]
      .filter((line) => line.trim() !== '')
      .slice(-LAST_WORDS_LINES)
      .join('\n')
      .slice(-LAST_WORDS_CHARS);
  }

  /** The last lines, then new ones until the signal, also across rotations. */
  async *lines(options: LogOptions): AsyncGenerator<string, void, undefined> {
    let seen = this.#rotations;
    let position = await this.size();
    const splitter = new LineSplitter();
    yield* await this.#tail(position, Math.min(options.lines, LINES_MAX), splitter);
    while (options.follow && !options.signal.aborted) {
      // Read files rotated since, oldest first. More may be rotated while a slow reader reads them.
      while (seen < this.#rotations) {
        const age = this.#rotations - seen;
        if (age > this.#limits.filesMax) {
          // The file that was read last has been deleted.
          seen = this.#rotations - this.#limits.filesMax;
        } else {
          for await (const chunk of chunksOf(this.#rotatedFile(age), position)) {
            yield* splitter.push(chunk);
          }
          seen += 1;
        }
        position = 0;
      }
      for await (const chunk of chunksOf(this.file, position)) {
        if (this.#rotations !== seen) {
          // The position belongs to the file before the rotation. The loop reads the rotated file
          // next.
          break;
        }
        position += chunk.length;
        yield* splitter.push(chunk);
      }
      await pause(LOOK_MS, options.signal);
    }
    yield* splitter.rest();
  }

  /** The last lines before `end`. The splitter keeps an incomplete last line. */
  async #tail(end: number, count: number, splitter: LineSplitter): Promise<readonly string[]> {
    const files = [this.file, ...this.#rotatedFiles()];
    const sizes = [end, ...(await Promise.all(this.#rotatedFiles().map(sizeOf)))];
    const first = await this.#firstOf(files, sizes, count);
    let lines: string[] = [];
    for (let age = first.age; age >= 0; age -= 1) {
      const start = age === first.age ? first.position : 0;
      for await (const chunk of chunksOf(files[age] ?? '', start, sizes[age])) {
        lines.push(...splitter.push(chunk));
        lines = lines.slice(-Math.max(1, count));
      }
    }
    return count === 0 ? [] : lines;
  }

  /** Finds the start of the last `count` lines by reading backwards. */
  async #firstOf(
    files: readonly string[],
    sizes: readonly number[],
    count: number,
  ): Promise<{ readonly age: number; readonly position: number }> {
    let linesLeft = count + 1;
    let bytesLeft = TAIL_BYTES_MAX;
    for (const [age, file] of files.entries()) {
      let position = sizes[age] ?? 0;
      while (position > 0) {
        const start = Math.max(0, position - CHUNK_BYTES);
        for await (const chunk of chunksOf(file, start, position)) {
          linesLeft -= chunk.reduce((count, byte) => count + (byte === 0x0a ? 1 : 0), 0);
          bytesLeft -= chunk.length;
        }
        position = start;
        if (linesLeft <= 0 || bytesLeft <= 0) {
          return { age, position };
        }
      }
    }
    return { age: files.length - 1, position: 0 };
  }

  #rotatedFiles(): readonly string[] {
    return Array.from({ length: this.#limits.filesMax }, (_none, index) =>
      this.#rotatedFile(index + 1),
    );
  }

  #rotatedFile(age: number): string {
    return `${this.file}.${age}`;
  }
}

async function sizeOf(file: string): Promise<number> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    if (isAbsent(error)) {
      return 0;
    }
    throw error;
  }
}

async function* chunksOf(
  file: string,
  from: number,
  to = Number.POSITIVE_INFINITY,
): AsyncGenerator<Buffer, void, undefined> {
  let handle;
  try {
    handle = await open(file, 'r');
  } catch (error) {
    if (isAbsent(error)) {
      return;
    }
    throw error;
  }
  await using opened = handle;
  for (let position = from; position < to;) {
    const length = Math.min(CHUNK_BYTES, to - position);
    const { bytesRead, buffer } = await opened.read(Buffer.alloc(length), 0, length, position);
    if (bytesRead === 0) {
      return;
    }
    position += bytesRead;
    yield buffer.subarray(0, bytesRead);
  }
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!isAbsent(error)) {
      throw error;
    }
  }
}

function copyAndEmpty(from: string, to: string): void {
  copyFileSync(from, to);
  const source = openSync(from, 'r+');
  const target = openSync(to, 'a');
  try {
    const rest = Buffer.alloc(CHUNK_BYTES);
    // Copies what was written during the first copy.
    for (let position = fstatSync(target).size; ;) {
      const length = readSync(source, rest, 0, rest.length, position);
      if (length === 0) {
        break;
      }
      writeSync(target, rest, 0, length);
      position += length;
    }
    ftruncateSync(source);
  } finally {
    closeSync(source);
    closeSync(target);
  }
}

function isAbsent(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}
