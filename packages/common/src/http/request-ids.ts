import { randomUUID } from 'node:crypto';

/** Ids that no other process uses. A UUID for each request would take 2 % of a short one. */
export function requestIds(): () => string {
  const start = randomUUID();
  let count = 0;
  return () => {
    count += 1;
    return `${start}-${count}`;
  };
}
