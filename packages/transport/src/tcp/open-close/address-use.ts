import type { SocketAddress } from '../state/socket.ts';
import type { TableEntry } from '../state/tables.ts';
import type { ConnectionTable } from './connection-table.ts';

/**
 * Whether a connection, mostly one in TIME-WAIT, stands against binding a socket to `local` (address 0: to any). With SO_REUSEADDR on both
 * it does not: then only the pair of addresses has to be free, which a connect finds out. One whose handshake is not done never does (RFC
 * 9293 3.9.1.1, MUST-42).
 */
export function isAddressInUse(
  connections: ConnectionTable<TableEntry>,
  local: SocketAddress,
  reuseAddress: boolean,
): boolean {
  for (const entry of connections.onPort(local.address, local.port)) {
    if (entry.kind === 'half-open') continue;
    if (entry.kind === 'time-wait') {
      if (!(reuseAddress && entry.reuseAddress)) return true;
    } else if (entry.state !== 'SYN-SENT' && entry.state !== 'SYN-RECEIVED') {
      if (!(reuseAddress && entry.options.reuseAddress === true)) return true;
    }
  }
  return false;
}
