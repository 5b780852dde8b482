import { AppError } from '@quicksilver/common/errors/app-error';
import { parentPort } from 'node:worker_threads';

import { exportType, printType, readBindings } from './gateway-schema.ts';
import type { SchemaAnswer, SchemaJob } from './schema-reader.ts';

/* oxlint-disable unicorn/require-post-message-target-origin -- a thread has no origin */

// The thread of `SchemaReader`. It handles one job at a time and may be terminated during a job.
parentPort?.on('message', (job: SchemaJob) => parentPort?.postMessage(answerTo(job)));
parentPort?.postMessage('ready');

function answerTo({ sdl, type, format, ...use }: SchemaJob): SchemaAnswer {
  try {
    return {
      ok: true,
      value:
        type === undefined
          ? readBindings(sdl, use)
          : format === undefined
            ? printType(sdl, type)
            : exportType(sdl, type, format),
    };
  } catch (error) {
    if (error instanceof AppError) {
      return { ok: false, code: error.code, detail: error.message, extra: error.extra };
    }
    if (error instanceof RangeError) {
      const detail = 'The schema is nested too deeply to be parsed. Reduce the nesting.';
      return { ok: false, code: 'INVALID_SCHEMA', detail, extra: {} };
    }
    throw error;
  }
}
