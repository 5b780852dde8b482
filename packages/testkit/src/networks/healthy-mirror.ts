import type { RouteNeeds } from '@quicksilver/mirror/http/route-needs';

/** The routes of a mirror that concern trouble with records, for a mirror without trouble. */
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
