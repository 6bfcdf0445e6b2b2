import type { IcmpErrorOutcome } from './icmp-errors.ts';
import type { ReassemblyOutcome } from './reassembly.ts';

/** What became of what came in, for traces and tests; counters say how often. */
export type InputOutcome =
  | 'delivered: segment'
  | 'delivered: error'
  | 'delivered: echo reply'
  | 'answered: echo reply'
  | 'learnt: redirect'
  | 'dropped: unknown interface'
  | 'dropped: not IPv4'
  | 'dropped: truncated'
  | 'dropped: bad header'
  | 'dropped: bad header checksum'
  | 'dropped: martian source'
  | 'dropped: martian destination'
  | 'dropped: not for us'
  | 'dropped: not a member of the group'
  | 'dropped: unicast in a frame to a group'
  | 'dropped: source route'
  | 'dropped: bad option'
  | 'dropped: unknown protocol'
  | 'dropped: bad ICMP'
  | 'dropped: bad ICMP checksum'
  | 'dropped: ICMP not for a group'
  | 'dropped: echo ignored'
  | 'dropped: nobody asked'
  | 'dropped: ICMP type ignored'
  | 'dropped: error not about us'
  | 'dropped: path MTU not plausible'
  | 'dropped: redirect not plausible'
  | ReassemblyOutcome
  | IcmpErrorOutcome;
