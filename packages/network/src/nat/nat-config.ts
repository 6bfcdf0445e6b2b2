import type { IpAddress } from '@strata/wire';

/** Source translation: hosts behind this router share an address of it (RFC 3022 2.2). */
export interface Masquerade {
  /** Packets that go out by this interface, from 1. */
  readonly outIndex: number;
  /** Only packets from this network. Default: from all. */
  readonly from?: { readonly address: IpAddress; readonly prefixLength: number } | undefined;
  /** The address that they get. Default: the interface's own that is nearest to the next hop. */
  readonly to?: IpAddress | undefined;
}

/** Destination translation: a port of this router is a host's behind it. */
export interface PortForward {
  /** Packets that come in by this interface, from 1, and are for an address of it. */
  readonly inIndex: number;
  /** 6 TCP or 17 UDP. */
  readonly protocol: number;
  readonly port: number;
  /** Not an address of this stack. */
  readonly to: { readonly address: IpAddress; readonly port: number };
}

/** What a router translates. The interfaces that packets come in by must forward. */
export interface NatConfig {
  readonly masquerade: readonly Masquerade[];
  readonly portForwards: readonly PortForward[];
  /** Ports that translated sources get: lowest and highest. Default 61,000 to 65,095. */
  readonly ports?: readonly [number, number] | undefined;
  /** Most flows at a time. Default 65,536. */
  readonly maxFlows?: number | undefined;
}

/** Beyond `ip_local_port_range`, so that no socket of this stack has them. */
export const NAT_PORTS: readonly [number, number] = [61_000, 65_095];
export const MAX_FLOWS = 65_536;
