import { expect, test } from 'vitest';

import { parseWrk } from './wrk.ts';

const REPORT = `Running 1s test @ http://127.0.0.1:1/
  Latency Distribution
     50%  812.00us
     75%    1.10ms
     90%    1.90ms
     99%    1.20s
  12345 requests in 1.00s, 2.00MB read
Requests/sec:  12345.67
`;

test('the rate and the latencies of a report are read in one unit', () => {
  expect(parseWrk(REPORT)).toEqual({ requestsPerSecond: 12345.67, p50Ms: 0.812, p99Ms: 1200 });
});

test('a report with refused requests is an error, not a result', () => {
  expect(() => parseWrk(`${REPORT}  Non-2xx or 3xx responses: 7\n`)).toThrow('Non-2xx');
  expect(() => parseWrk(`${REPORT}  Socket errors: connect 0, read 3\n`)).toThrow('read 3');
});
