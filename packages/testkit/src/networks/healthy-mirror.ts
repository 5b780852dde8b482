import type { RouteNeeds } from '@quicksilver/mirror/http/route-needs';

/** The part of a mirror's routes that concerns trouble with records, of a mirror without trouble. */
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
