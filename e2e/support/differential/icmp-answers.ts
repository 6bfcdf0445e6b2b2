import {
  formatIpv4,
  IcmpMessage,
  Ipv4Packet,
  internetChecksum,
  isIcmpError,
  isParseError,
  PROTOCOL_ICMP,
} from '@strata/wire';

/** A timestamp reply's three times, and what an option of times holds. */
const TIMESTAMP_REPLY = 14;
const TIMESTAMP_OPTION = 68;
const SENTINEL_ID = 0xfffe;

/**
 * A packet in words, without what two hosts need not agree on: identification, and the time of day.
 */
export function inWords(bytes: Uint8Array): string {
  const packet = Ipv4Packet.parse(bytes);
  if (isParseError(packet)) return `no packet: ${packet}`;
  const { source, destination, tos, ttl, dontFragment, fragmentOffsetOctets } = packet;
  const where = `${formatIpv4(source)} to ${formatIpv4(destination)}`;
  const flags = [
    ...(tos === 0 ? [] : [`tos ${tos}`]),
    ...(ttl === 64 ? [] : [`ttl ${ttl}`]),
    ...(dontFragment ? ['DF'] : []),
    ...(packet.isFragment ? [`fragment ${fragmentOffsetOctets}+${packet.payload.byteLength}`] : []),
    ...(packet.options.byteLength > 0 ? [`options ${optionsInWords(packet.options)}`] : []),
  ];
  return [where, ...flags, whatInWords(packet)].join(', ');
}

function whatInWords(packet: Ipv4Packet): string {
  if (packet.protocol !== PROTOCOL_ICMP) return `protocol ${packet.protocol}`;
  if (packet.isFragment) return `sum ${internetChecksum(packet.payload)}`;
  const message = IcmpMessage.parse(packet.payload);
  if (isParseError(message)) return `ICMP ${message}`;
  const { type, code, payload, bytes } = message;
  const checksum = message.hasValidChecksum() ? '' : ', bad checksum';
  const rest = `${bytes[4]}.${bytes[5]}.${bytes[6]}.${bytes[7]}`;
  const data = type === TIMESTAMP_REPLY ? timesInWords(payload) : dataInWords(type, payload);
  return `ICMP ${type}/${code} ${rest}${checksum}, ${data}`;
}

/** How much an error quotes differs; what it quotes is looked at up to the first 8 octets. */
function dataInWords(type: number, payload: Uint8Array): string {
  if (isIcmpError(type)) return `quotes ${payload.byteLength} octets`;
  return `${payload.byteLength} octets of sum ${internetChecksum(payload)}`;
}

function timesInWords(payload: Uint8Array): string {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  if (payload.byteLength !== 12) return `${payload.byteLength} octets of times`;
  const [originate, receive, transmit] = [0, 4, 8].map((at) => view.getUint32(at));
  const isNow = Math.abs(receive! - (Date.now() % 86_400_000)) < 10_000 && receive === transmit;
  return `originate ${originate}, ${isNow ? 'the time twice' : `${receive} ${transmit}`}`;
}

/** Options in hexadecimal; of times only whether there is one. */
function optionsInWords(options: Uint8Array): string {
  const shown = [...options].map((octet) => octet.toString(16).padStart(2, '0'));
  for (let at = 0; at < options.byteLength && options[at] !== 0; ) {
    if (options[at] === 1) {
      at += 1;
      continue;
    }
    const length = Math.max(2, options[at + 1]!);
    if (options[at] === TIMESTAMP_OPTION) hideTimes(options, at, shown);
    at += length;
  }
  return shown.join('');
}

function hideTimes(options: Uint8Array, start: number, shown: string[]): void {
  const isPair = (options[start + 3]! & 15) !== 0;
  const entry = isPair ? 8 : 4;
  const end = start + options[start + 2]! - 1;
  for (let at = start + 4; at + entry <= end; at += entry) {
    for (let octet = at + entry - 4; octet < at + entry; octet += 1) shown[octet] = 'tt';
  }
}

/** Whether it is the answer to the sentinel. */
export function isSentinelReply(bytes: Uint8Array): boolean {
  const packet = Ipv4Packet.parse(bytes);
  if (isParseError(packet) || packet.protocol !== PROTOCOL_ICMP || packet.isFragment) return false;
  const message = IcmpMessage.parse(packet.payload);
  return !isParseError(message) && message.type === 0 && message.identifier === SENTINEL_ID;
}
