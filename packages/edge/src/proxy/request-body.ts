import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';

export interface RequestBody {
  readonly stream: Readable;
  /** Whether anything of it was taken from the client. */
  readonly isBegun: () => boolean;
}

/**
 * The body of a request as a stream that takes nothing from the client before it is read, so that
 * a request that met a closed port can go to another one. When it is destroyed the client's
 * connection stays: the rest of what the client sends is dropped, as it may read its answer only then.
 */
export function requestBody(request: IncomingMessage): RequestBody {
  let begun = false;
  let pieces = 0;
  let waiting: NodeJS.Immediate | undefined;
  let isEnded = false;
  const onData = (piece: Buffer): void => {
    const push = (): void => {
      waiting = undefined;
      const takesMore = stream.push(piece);
      if (isEnded) {
        stream.push(null);
      } else if (takesMore) {
        request.resume();
      }
    };
    request.pause();
    pieces += 1;
    if (pieces === 1) {
      push();
      return;
    }
    // First hear what the service has said meanwhile. One that refuses a body and closes makes the
    // next write fail, and with a write that failed its answer would be lost.
    waiting = setImmediate(push);
  };
  const onEnd = (): void => {
    isEnded = true;
    if (waiting === undefined) {
      stream.push(null);
    }
  };
  const onClose = (): void => {
    if (!request.readableEnded) {
      stream.destroy(new Error('the client went away'));
    }
  };
  const stream = new Readable({
    read() {
      if (!begun) {
        begun = true;
        request.on('data', onData).once('end', onEnd).once('close', onClose);
      }
      request.resume();
    },
    destroy(error, callback) {
      clearImmediate(waiting);
      if (begun) {
        request.off('data', onData).off('end', onEnd).off('close', onClose).resume();
      }
      callback(error);
    },
  });
  // Whoever reads it hears of it, too; without this one a late error would end the process.
  stream.on('error', ignoreGone);
  return { stream, isBegun: () => begun };
}

function ignoreGone(): void {
  // The exchange is over.
}
