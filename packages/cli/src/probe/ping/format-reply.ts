import type { ApiProbeEvent } from '../session.ts';

/** A round-trip time with three digits of precision or so, as ping prints it. */
export function formatTime(us: number): string {
  if (us >= 99_950) return `${Math.trunc((us + 500) / 1000)}`;
  if (us >= 9_995) return (Math.trunc((us + 50) / 100) / 10).toFixed(1);
  if (us >= 1000) return (Math.trunc((us + 5) / 10) / 100).toFixed(2);
  return (us / 1000).toFixed(3);
}

/** Octets of the time of sending in front of the pattern: they are not compared. */
const TIME_OCTETS = 16;

export interface ReplyStyle {
  /** Octets of data in a request. */
  readonly size: number;
  /** What the data is filled with; empty: octets that count up. */
  readonly pattern: Uint8Array;
  /** The address as it is shown. */
  readonly from: string;
  /** Requests carry the time of sending. */
  readonly isTimed: boolean;
  readonly isDuplicate: boolean;
  readonly isOther: boolean;
  /** Of a verbose ping: the session's number. */
  readonly identifier: number | undefined;
}

/** The line of a reply, up to its options, without the newline. */
export function formatReply(event: ApiProbeEvent, us: number, style: ReplyStyle): string {
  const { octets = 0, sequence, ttl = 0 } = event;
  const identifier = style.identifier === undefined ? '' : ` ident=${style.identifier}`;
  const start = `${octets} bytes from ${style.from}: icmp_seq=${sequence}${identifier} ttl=${ttl}`;
  if (octets < style.size + 8) return `${start} (truncated)`;
  const marks = [
    ...(style.isTimed ? [` time=${formatTime(us)} ms`] : []),
    ...(style.isDuplicate ? [' (DUP!)'] : []),
    ...(event.badChecksum ? [' (BAD CHECKSUM)'] : []),
    ...(style.isOther ? [' (DIFFERENT ADDRESS!)'] : []),
  ];
  return `${start}${marks.join('')}${event.data === undefined ? '' : differences(event.data, style)}`;
}

/** Where the data of the reply differs, and all of it. */
function differences(hex: string, { size, pattern }: ReplyStyle): string {
  const data = Buffer.from(hex, 'hex');
  const sent = (at: number) => (pattern.length === 0 ? at & 255 : pattern[at % pattern.length]!);
  for (let at = TIME_OCTETS; at < size; at += 1) {
    if (data[at] === sent(at)) continue;
    const was = data[at]!.toString(16);
    const found = `\nwrong data byte #${at} should be 0x${sent(at).toString(16)} but was 0x${was}`;
    return `${found}${dump(data, size)}`;
  }
  return '';
}

function dump(data: Uint8Array, size: number): string {
  let text = '';
  for (let at = TIME_OCTETS; at < size; at += 1) {
    if (at % 32 === TIME_OCTETS) text += `\n#${at}\t`;
    text += `${data[at]!.toString(16)} `;
  }
  return text;
}
