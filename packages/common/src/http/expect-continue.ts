import type { Server } from 'node:http';

/**
 * Answers `Expect: 100-continue`. Node does so too, but for a request that is pipelined behind
 * another one it puts the `100 Continue` between the head and the body of the final answer. Here
 * such a request waits until the answers before it are sent.
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
