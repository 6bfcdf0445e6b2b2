import { INT_MAX, numberKnob } from './knob.ts';

/** Knobs of multicast groups. */
export const GROUP_KNOBS = {
  igmp_max_memberships: numberKnob(
    20,
    [0, INT_MAX],
    'groups',
    'at once',
    'Most multicast groups of one socket.',
  ),
  igmp_max_msf: numberKnob(
    10,
    [0, INT_MAX],
    'sources',
    'at once',
    'Most sources that a socket lists for one multicast group.',
  ),
};
