import type { LinkIndication, LinkRequest } from '@strata/link';
import type { AddressType, Allocate, Fifo, OutcomeLog, PduMeta } from '@strata/wire';
import type { NetworkCounters } from './counters.ts';
import type { Identifications } from './fragments/identification.ts';
import type { ReassemblyState } from './fragments/reassembly-state.ts';
import type { IcmpRateLimit } from './icmp/icmp-rate-limit.ts';
import type { IgmpState } from './igmp/state.ts';
import type { MartianLog } from './input/martian.ts';
import type { Interfaces } from './interfaces.ts';
import type { NatState } from './nat/nat-state.ts';
import type { NetworkIndication, NetworkRequest } from './pdu.ts';
import type { ProbeState } from './probe/probe-state.ts';
import type { NetworkProtocols } from './protocols.ts';
import type { MultipathHash } from './routing/multipath-hash.ts';
import type { RouteExceptions } from './routing/route-exceptions.ts';
import type { Routes } from './routing/routes.ts';
import type { NetworkConfKnobs, NetworkSysctl } from './sysctl.ts';

/** A packet that the stack sent to itself. */
export interface LoopbackPacket extends PduMeta {
  readonly packet: Uint8Array;
  /**
   * 0 for a packet to our own address. For a copy of a multicast or broadcast packet: the interface
   * that the packet went out on.
   */
  readonly interfaceIndex: number;
  readonly cast: AddressType;
}

/** The PDUs that network reports outcomes of. */
export type NetworkPdu =
  | LinkIndication
  | LinkRequest
  | NetworkIndication
  | NetworkRequest
  | LoopbackPacket;

/**
 * The state of one network core: its tables, its sysctls and its output queues. The functions of
 * this package work on it.
 */
export interface NetworkContext {
  readonly interfaces: Interfaces;
  readonly routes: Routes;
  readonly exceptions: RouteExceptions;
  readonly protocols: NetworkProtocols;
  readonly reassembly: ReassemblyState;
  readonly identifications: Identifications;
  readonly icmpLimit: IcmpRateLimit;
  readonly probes: ProbeState;
  readonly igmp: IgmpState;
  readonly multipath: MultipathHash;
  readonly martians: MartianLog;
  /** Undefined: nothing is translated. */
  readonly nat: NatState | undefined;
  readonly sysctl: NetworkSysctl;
  /** The knobs of each interface: `knobsOf(conf, index)`. */
  readonly conf: NetworkConfKnobs;
  readonly counters: NetworkCounters;
  readonly outcomes: OutcomeLog<NetworkPdu>;
  /** A uniform number in [0, 1), injected. */
  readonly random: () => number;
  /**
   * Allocates memory for packets that are made here, injected. The content of the memory is
   * unspecified.
   */
  readonly allocate: Allocate;
  /** As in NetworkConfig. */
  readonly unixTimeAtZeroMs: number | undefined;
  readonly toLink: Fifo<LinkRequest>;
  readonly toTransport: Fifo<NetworkIndication>;
  readonly loopback: Fifo<LoopbackPacket>;
}
