import type { TcpFigures } from '@strata/contract';

/** Most characters of the drawing. */
const CELLS = 60;

/**
 * Draws the sliding window of a connection: the four kinds of octets (acknowledged, in flight, may
 * be sent, must wait) with their sequence numbers. The numbers are relative to the initial sequence
 * number, as in a trace.
 */
export function formatWindow(tcp: TcpFigures): string[] {
  const una = relative(tcp.sndUna, tcp.iss);
  const nxt = relative(tcp.sndNxt, tcp.iss);
  const inFlight = nxt - una;
  const sendable = tcp.sendableOctets;
  const waiting = tcp.unsendableOctets;
  const kinds = [
    { mark: '=', name: 'acknowledged', from: 1, octets: Math.max(0, tcp.acknowledgedOctets) },
    { mark: '>', name: 'in flight', from: una, octets: inFlight },
    { mark: '.', name: 'may be sent', from: nxt, octets: sendable },
    { mark: 'x', name: 'must wait', from: nxt + sendable, octets: waiting },
  ];
  const shown = inFlight + sendable + waiting;
  const cells = (octets: number) =>
    octets === 0 ? 0 : Math.max(1, Math.round((octets / Math.max(1, shown)) * CELLS));
  const [acknowledged, ...rest] = kinds;
  // The acknowledged range grows without bound, so only its right edge is drawn.
  const edge = (acknowledged?.octets ?? 0) > 0 ? '====' : '';
  const bar = rest.map(({ mark, octets }) => mark.repeat(cells(octets))).join('');
  const edgeOfWindow = tcp.sndWnd > 0 ? ` (to ${una + tcp.sndWnd - 1})` : '';
  const limits = `window ${tcp.sndWnd}${edgeOfWindow}, congestion window ${tcp.cwndOctets}`;
  return [
    `${edge}|${bar}|  ${limits}`,
    ...kinds.map(({ mark, name, from, octets }) => {
      const range = octets > 0 ? `${from}..${from + octets - 1}` : '-';
      return `${mark} ${name.padEnd(12)} ${String(octets).padStart(10)}  ${range}`;
    }),
  ];
}

/** Relative to the initial sequence number, modulo 2^32. */
function relative(sequence: number, iss: number): number {
  return (sequence - iss) >>> 0;
}
