import type { RouteNeeds } from '@quicksilver/mirror/http/route-needs';

/** The routes of a mirror that report trouble with records, of a mirror without trouble. */
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
