import type { TraceEvent } from '@strata/service-console';

const ARROWS = { down: '↓', up: '↑' } as const;
const WIDEST_BOUNDARY = 'transport/application'.length;
const WIDEST_PDU = 'datagram'.length;

/**
 * Formats an event as a line: time, stack, boundary, direction, kind of PDU, and the decoded text.
 */
export function formatLine(event: TraceEvent): string {
  const columns = [
    formatTime(event.epochMs),
    event.stack,
    event.boundary.padEnd(WIDEST_BOUNDARY),
    ARROWS[event.direction],
    event.pdu.padEnd(WIDEST_PDU),
    event.text,
  ];
  const line = columns.join(' ');
  return event.hex === undefined ? line : `${line}\n${formatHex(event.hex)}`;
}

/** Local time with microseconds. */
function formatTime(epochMs: number): string {
  const date = new Date(epochMs);
  const two = (value: number) => String(value).padStart(2, '0');
  const seconds = date.getSeconds() + (epochMs % 1000) / 1000;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${clock}:${(Math.floor(seconds * 1e6) / 1e6).toFixed(6).padStart(9, '0')}`;
}

/** Rows of 16 octets with their offset, like tcpdump -x. */
function formatHex(hex: string): string {
  const rows: string[] = [];
  for (let at = 0; at < hex.length; at += 32) {
    const octets = hex.slice(at, at + 32).replace(/(....)(?=.)/g, '$1 ');
    rows.push(`    0x${(at / 2).toString(16).padStart(4, '0')}:  ${octets}`);
  }
  return rows.join('\n');
}
