import type { TransportContext } from '../context.ts';
import type { UdpTable } from './udp-table.ts';

/** What the functions of UDP work on: its sockets, and what it shares with TCP. */
export interface UdpContext extends TransportContext {
  readonly sockets: UdpTable;
}
