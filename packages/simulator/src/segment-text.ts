import {
  type IpAddress,
  TCP_ACK,
  TCP_CWR,
  TCP_ECE,
  TCP_FIN,
  TCP_PSH,
  TCP_RST,
  TCP_SYN,
  TCP_URG,
  type TcpOptions,
  type TcpSegment,
} from '@strata/wire';

/** Names of the control bits in the order in which they are printed. */
const FLAG_NAMES: readonly (readonly [string, number])[] = [
  ['SYN', TCP_SYN],
  ['FIN', TCP_FIN],
  ['RST', TCP_RST],
  ['PSH', TCP_PSH],
  ['URG', TCP_URG],
  ['ECE', TCP_ECE],
  ['CWR', TCP_CWR],
  ['ACK', TCP_ACK],
];

/** The control bits by name: `SYN,ACK`; `-` for none. */
export function flagsText(flags: number): string {
  const names = FLAG_NAMES.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? '-' : names.join(',');
}

/** The control bits of a text as {@link flagsText} prints it. */
export function parseFlags(text: string): number {
  let flags = 0;
  for (const name of text.split(',')) {
    if (name === '-' || name === '') continue;
    const known = FLAG_NAMES.find(([candidate]) => candidate === name);
    if (known === undefined) throw new Error(`no control bit is called ${name}`);
    flags |= known[1];
  }
  return flags;
}

/** What to print of a segment besides control bits, numbers and length. */
export interface SegmentTextOptions {
  readonly window?: boolean | undefined;
  readonly options?: boolean | undefined;
}

/**
 * `SYN,ACK seq=0 ack=1 win=65535 <mss 1460,sackOK,ts,wscale 7>`, with numbers relative to the given
 * initial sequence numbers.
 */
export function segmentText(
  segment: TcpSegment,
  iss: number,
  irs: number,
  { window = true, options = true }: SegmentTextOptions = {},
): string {
  const { flags } = segment;
  const parts = [flagsText(flags), `seq=${relative(segment.sequence, iss)}`];
  if ((flags & TCP_ACK) !== 0) parts.push(`ack=${relative(segment.acknowledgment, irs)}`);
  if (window) parts.push(`win=${segment.window}`);
  if ((flags & TCP_URG) !== 0) parts.push(`urg=${segment.urgentPointer}`);
  const octets = segment.payload.byteLength;
  if (octets > 0) parts.push(`len=${octets}`);
  const text = options ? optionsText(segment.options, irs) : '';
  return text === '' ? parts.join(' ') : `${parts.join(' ')} <${text}>`;
}

function relative(number: number, initial: number): number {
  return (number - initial) | 0;
}

function optionsText(options: TcpOptions, irs: number): string {
  const parts: string[] = [];
  if (options.mss !== undefined) parts.push(`mss ${options.mss}`);
  if (options.sackPermitted) parts.push('sackOK');
  if (options.timestamps !== undefined) parts.push('ts');
  if (options.windowScale !== undefined) parts.push(`wscale ${options.windowScale}`);
  if (options.userTimeoutSeconds !== undefined) parts.push(`uto ${options.userTimeoutSeconds}`);
  for (const block of options.sack ?? []) {
    parts.push(`sack ${relative(block.left, irs)}-${relative(block.right, irs)}`);
  }
  return parts.join(',');
}

/** Learns the initial sequence numbers from SYNs, and prints all segments relative to them. */
export class SegmentReader {
  readonly #initial = new Map<string, number>();

  /** Reads a segment from `source` to `destination`. */
  read(source: IpAddress, destination: IpAddress, segment: TcpSegment): string {
    const { sourcePort, destinationPort } = segment;
    const there = `${source}:${sourcePort}>${destination}:${destinationPort}`;
    const back = `${destination}:${destinationPort}>${source}:${sourcePort}`;
    if ((segment.flags & TCP_SYN) !== 0) this.#initial.set(there, segment.sequence);
    const ports = `${sourcePort}>${destinationPort}`;
    return `${ports} ${segmentText(segment, this.#initial.get(there) ?? 0, this.#initial.get(back) ?? 0)}`;
  }
}
