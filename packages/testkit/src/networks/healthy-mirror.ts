import type { RouteNeeds } from '@quicksilver/mirror/http/route-needs';

/** The routes about trouble with records, of a mirror that has no trouble. */
export const HEALTHY_MIRROR: Pick<
  RouteNeeds,
  'placement' | 'poison' | 'retryPoison' | 'unindexed' | 'nonconforming' | 'onAnswer'
> = {
  placement: () => '[]',
  poison: () => [],
  retryPoison: () => Promise.resolve([]),
  unindexed: () => [],
  nonconforming: () => [],
  onAnswer: () => {},
};
