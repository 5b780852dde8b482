import type { Server } from 'node:http';

/**
 * Handles `Expect: 100-continue`. Node also does, but for a pipelined request it sends `100
 * Continue` between the head and the body of the previous response. Here such a request waits until
 * the previous responses are sent.
 */
export function answerExpectations(server: Server): void {
  server.on('checkContinue', (request, response) => {
    const proceed = (): void => {
      response.writeContinue();
      server.emit('request', request, response);
    };
    if (response.socket === null) {
      response.once('socket', proceed);
    } else {
      proceed();
    }
  });
}
