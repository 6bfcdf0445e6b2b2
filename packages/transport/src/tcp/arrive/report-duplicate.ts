import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../state/tcb.ts';

/** Has the next acknowledgment name octets that came twice (RFC 2883), where the peer takes SACK and `tcp_dsack` is on. */
export function reportDuplicate(
  env: TcpEnvironment,
  tcb: Tcb,
  left: number,
  right: number,
  counter: 'TCPDSACKOldSent' | 'TCPDSACKOfoSent',
): void {
  if (!tcb.sackOn || env.sysctl.tcp_dsack === 0) return;
  env.counters[counter] += 1;
  tcb.duplicateSack = { left, right };
}
