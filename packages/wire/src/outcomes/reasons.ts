import { BUS_DROP_REASONS } from './bus-reasons.ts';
import {
  LINK_IMPAIRMENT_REASONS,
  LINK_OTHER_REASONS,
  LINK_RECEIVE_REASONS,
  LINK_TRANSMIT_REASONS,
} from './link-reasons.ts';
import { NETWORK_DROP_REASONS, NETWORK_OTHER_REASONS } from './network-reasons.ts';
import type { ReasonTable } from './reason-row.ts';
import { CONNECTION_EVENTS, RECOVERY_EVENTS } from './state-reasons.ts';
import {
  TCP_RETRANSMIT_REASONS,
  TCP_TIMER_REASONS,
  TCP_TRAFFIC_REASONS,
} from './tcp-other-reasons.ts';
import {
  TCP_DROP_REASONS,
  TCP_RESET_REASONS,
  TCP_SYN_SENT_REASONS,
  TCP_WITHHELD_REASONS,
} from './tcp-reasons.ts';
import { TRANSPORT_DROP_REASONS, UDP_DROP_REASONS, UDP_OTHER_REASONS } from './udp-reasons.ts';

/**
 * All reasons, by the part of the stack that gives them. A name means the same everywhere; its
 * counters depend on the part. Names are Linux's where Linux has one
 * (include/net/dropreason-core.h, include/net/rstreason.h, without their prefixes); our own names
 * begin with `strata/`. There is no name for an unknown reason: the code that drops something knows
 * why.
 */
export const REASON_TABLES = {
  'link, receiving': LINK_RECEIVE_REASONS,
  'link, transmitting': LINK_TRANSMIT_REASONS,
  'link, impairing': LINK_IMPAIRMENT_REASONS,
  link: LINK_OTHER_REASONS,
  'network, dropping': NETWORK_DROP_REASONS,
  network: NETWORK_OTHER_REASONS,
  'TCP, dropping': TCP_DROP_REASONS,
  'TCP, dropping in SYN-SENT': TCP_SYN_SENT_REASONS,
  'TCP, not answering': TCP_WITHHELD_REASONS,
  'TCP, resetting': TCP_RESET_REASONS,
  TCP: TCP_TRAFFIC_REASONS,
  'TCP, sending again': TCP_RETRANSMIT_REASONS,
  'TCP, timers': TCP_TIMER_REASONS,
  'TCP, states': CONNECTION_EVENTS,
  'TCP, loss recovery': RECOVERY_EVENTS,
  'UDP, dropping': UDP_DROP_REASONS,
  UDP: UDP_OTHER_REASONS,
  transport: TRANSPORT_DROP_REASONS,
  bus: BUS_DROP_REASONS,
} as const satisfies Record<string, ReasonTable>;

type Tables = typeof REASON_TABLES;
/** Why something was done. */
export type Reason = { [Name in keyof Tables]: keyof Tables[Name] }[keyof Tables] & string;
