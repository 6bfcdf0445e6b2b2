/**
 * The reasons for what link does. Each row: the counters that a drop for this reason increments,
 * and the meaning.
 */
import type { ReasonTable } from './reason-row.ts';

/** Received frames. The counters belong to the interface, those of ARP to the layer. */
export const LINK_RECEIVE_REASONS = {
  'strata/NO_INTERFACE': {
    counters: ['no_interface'],
    means: 'It names an interface that does not exist.',
  },
  DEV_READY: { counters: ['rx_dropped'], means: 'The interface is down.' },
  PKT_TOO_SMALL: {
    counters: ['rx_errors', 'rx_length_errors'],
    means: 'It is shorter than its header, or than its header says.',
  },
  OTHERHOST: {
    counters: ['rx_otherhost_dropped'],
    means: 'It is for another station.',
  },
  UNHANDLED_PROTO: {
    counters: ['rx_nohandler'],
    means: 'Nothing here handles this type.',
  },
  FULL_RING: {
    counters: ['rx_dropped'],
    means: 'The adapter had no room and dropped it.',
  },
  'strata/BAD_FCS': {
    counters: ['rx_errors', 'rx_crc_errors'],
    means: 'The frame check sequence is wrong; the adapter dropped it.',
    see: 'IEEE 802.3 3.2.9',
  },
  'strata/ARP_INVALID': {
    counters: ['arp_bad'],
    means: 'The ARP packet is malformed, or its sender cannot be a station.',
    see: 'RFC 826',
  },
  'strata/ARP_OWN': {
    counters: [],
    means: 'The ARP packet is our own, echoed by the wire.',
  },
  'strata/ARP_CONFLICT': {
    counters: ['arp_conflicts'],
    means: 'Another station claims an address of ours.',
    see: 'RFC 5227 2.4',
  },
  'strata/ARP_IGNORED': {
    counters: [],
    means: 'An ARP request for an address of ours that arp_ignore does not let us answer.',
  },
  'strata/ARP_FILTERED': {
    counters: ['ArpFilter'],
    means: 'An ARP request for an address of ours that arp_filter does not let us answer.',
  },
  'strata/ARP_GRATUITOUS': {
    counters: [],
    means: 'A gratuitous ARP packet, and drop_gratuitous_arp is 1.',
  },
  'strata/ARP_PROXY_FULL': {
    counters: [],
    means: 'An ARP request to answer as a proxy, but proxy_qlen answers wait already.',
  },
  'strata/ADDRESS_UNUSABLE': {
    counters: ['rx_dropped'],
    means: 'An address of ours in it is tentative, or another station has it.',
    see: 'RFC 5227 2.1, 2.4',
  },
  'strata/ARP_PROBE': {
    counters: [],
    means: 'An ARP probe for an address that is not ours.',
    see: 'RFC 5227 2.1.1',
  },
  'strata/ARP_UNWANTED': {
    counters: [],
    means:
      'The ARP packet is about a neighbour that nobody asked for, or whose entry must not change.',
    see: 'RFC 826',
  },
} as const satisfies ReasonTable;

/** Packets to send. */
export const LINK_TRANSMIT_REASONS = {
  'strata/NO_INTERFACE': {
    counters: ['no_interface'],
    means: 'It names an interface that does not exist.',
  },
  DEV_READY: { counters: ['tx_dropped'], means: 'The interface is down.' },
  PKT_TOO_BIG: {
    counters: ['tx_errors', 'tx_dropped', 'tx_too_big'],
    means: 'It is larger than the MTU.',
  },
  SKB_CSUM: {
    counters: ['tx_errors', 'tx_dropped'],
    means: 'Its partial checksum cannot be completed.',
  },
  SKB_GSO_SEG: {
    counters: ['tx_errors', 'tx_dropped'],
    means: 'The super-segment cannot be cut up.',
  },
  NEIGH_CREATEFAIL: {
    counters: ['tx_dropped'],
    means: 'The neighbour table is full.',
  },
  NEIGH_QUEUEFULL: {
    counters: ['tx_dropped', 'unresolved_discards'],
    means: 'Too many packets wait for the address of the neighbour: the oldest is dropped.',
    see: 'RFC 1122 2.3.2.2',
  },
  NEIGH_DEAD: {
    counters: ['tx_dropped', 'unresolved_discards'],
    means: 'It waited for a neighbour whose entry was evicted from the full table.',
  },
  'strata/ADDRESS_UNUSABLE': {
    counters: ['tx_dropped'],
    means: 'An address of ours in it is tentative, or another station has it.',
    see: 'RFC 5227 2.1, 2.4',
  },
  'strata/NEIGH_FLUSHED': {
    counters: ['tx_dropped'],
    means: 'The interface went down while it waited for the address of the neighbour.',
  },
  NEIGH_FAILED: {
    counters: [],
    means: 'Nobody answers ARP for the next hop; network is told.',
    see: 'RFC 1122 2.3.2.2',
  },
} as const satisfies ReasonTable;

/** Frames that an impairment dropped. The counters belong to the impairment. */
export const LINK_IMPAIRMENT_REASONS = {
  'strata/NETEM_LOSS': {
    counters: ['lost'],
    means: 'The loss model of the impairment lost it.',
  },
  QDISC_OVERLIMIT: {
    counters: ['dropped_overlimit'],
    means: 'As many frames as the limit allows waited in the impairment.',
  },
  SKB_GSO_SEG: {
    counters: ['dropped_unfit'],
    means: 'The super-segment cannot be cut up.',
  },
} as const satisfies ReasonTable;

/** Reasons that are not drops. */
export const LINK_OTHER_REASONS = {
  'strata/COMMANDED': {
    counters: [],
    means: 'A person, or the stack around the core, asked for it.',
  },
  CONSUMED: { counters: [], means: 'It was accepted.' },
  'strata/SENT': { counters: [], means: 'It was requested and is sent.' },
  'strata/ARP_REQUEST': {
    counters: [],
    means: 'An ARP request for an address of ours.',
    see: 'RFC 826',
  },
  'strata/ARP_LEARNT': {
    counters: [],
    means: 'ARP gave the address of a neighbour.',
    see: 'RFC 826',
  },
  'strata/NEIGH_SOLICIT': {
    counters: [],
    means: 'A neighbour is asked for its address.',
    see: 'RFC 826',
  },
  'strata/NEIGH_UNRESOLVED': {
    counters: [],
    means: 'It waits for the address of the neighbour.',
    see: 'RFC 1122 2.3.2.2',
  },
  'strata/ARP_ANNOUNCE': {
    counters: [],
    means: 'An interface announces its addresses.',
    see: 'RFC 5227 2.3',
  },
  'strata/ARP_PROBING': {
    counters: [],
    means: 'Link asks whether another station has an address of ours.',
    see: 'RFC 5227 2.1.1',
  },
  'strata/ARP_DEFEND': {
    counters: [],
    means: 'An address of ours is defended against another station that claims it.',
    see: 'RFC 5227 2.4',
  },
  'strata/ARP_PROXY': {
    counters: [],
    means: 'An ARP request for an address that link answers for, as a proxy.',
    see: 'RFC 1027',
  },
  'strata/ADDRESS_TIMER': {
    counters: [],
    means: 'The next step in claiming an address of ours is due.',
    see: 'RFC 5227 2',
  },
  'strata/NEIGH_TIMER': {
    counters: [],
    means: 'A timer of a neighbour expired.',
    see: 'RFC 4861 7.3.3',
  },
  'strata/NEIGH_USED': { counters: [], means: 'A packet goes to the neighbour.' },
  'strata/NEIGH_SET': { counters: [], means: 'A person set the neighbour, or removed it.' },
} as const satisfies ReasonTable;
