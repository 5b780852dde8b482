import type { Part } from '@quicksilver/common/lifecycle/part';

/**
 * Event streams never end by themselves. They end first; otherwise the server would wait for them.
 */
export function endStreams(streams: AbortController): Part {
  return {
    name: 'streams',
    start: () => Promise.resolve(),
    drain: () => Promise.resolve(streams.abort()),
    stop: () => Promise.resolve(streams.abort()),
  };
}
