import type { EventEmitter } from 'node:events';
import { toAddressInfo } from '../address-info.ts';
import { errorOfReason } from '../errors.ts';
import type { Report } from '../net/connection.ts';

/**
 * Emits the events that Node's `net.Socket` does not have: urgent data, and errors that do not end
 * the connection (RFC 9293 3.9.1.8).
 */
export function emitReport(socket: EventEmitter, indication: Report): void {
  if (indication.kind === 'error') {
    const { reason, remote, detail } = indication;
    const { address, port } = toAddressInfo(remote);
    socket.emit('softError', errorOfReason(reason, { syscall: 'tcp', address, port, detail }));
  } else if (indication.octet === undefined) socket.emit('urgentMark', indication.offset);
  else socket.emit('urgent', Buffer.of(indication.octet), indication.offset);
}
