/**
 * node many-stations.ts JSON: in its network namespace, bridges the TAP `strata0` with its own TAP,
 * which has many stations behind it. Each station sends one ARP request for the target. The next
 * station follows when the last one is answered, or after a second. Ends with a line of JSON: the
 * numbers of the first few stations that got no answer.
 */
import { execFileSync } from 'node:child_process';
import { openTap } from '@strata/tap';
import {
  ARP_OCTETS,
  ARP_REPLY,
  ARP_REQUEST,
  BROADCAST_MAC,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_ARP,
  emitArp,
  emitEthernetHeader,
  type IpAddress,
  ipv4Address,
  isParseError,
  parseArp,
  readUint16,
} from '@strata/wire';

interface Stations {
  readonly count: number;
  readonly target: number;
  /** Address of station 0. The other stations have the next addresses. */
  readonly first: number;
}

const ANSWER_MS = 1000;
const UNANSWERED_TOLD = 5;
/** The bridge forwards when its ports are up. The kernel needs a moment for that. */
const START_MS = 10_000;

const { count, target, first } = JSON.parse(process.argv[2]!) as Stations;
const macOf = (station: number) => 0x020300000000 + station;

const tap = openTap({ name: 'many0' });
for (const command of [
  'link add br0 type bridge forward_delay 0',
  'link set strata0 master br0',
  'link set many0 master br0',
  'link set br0 up',
]) {
  execFileSync('ip', command.split(' '));
}

let answered: ((address: IpAddress) => void) | undefined;
tap.onFrames((frames) => {
  for (const { frame } of frames) {
    if (readUint16(frame, 12) !== ETHERTYPE_ARP) continue;
    const arp = parseArp(frame.subarray(ETHERNET_HEADER_OCTETS));
    if (isParseError(arp) || arp.operation !== ARP_REPLY) continue;
    answered?.(arp.targetAddress);
  }
});

/** Whether the station gets an answer in time. */
function ask(station: number): Promise<boolean> {
  const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + ARP_OCTETS);
  emitEthernetHeader(frame, BROADCAST_MAC, macOf(station), ETHERTYPE_ARP);
  emitArp(frame.subarray(ETHERNET_HEADER_OCTETS), {
    operation: ARP_REQUEST,
    senderMac: macOf(station),
    senderAddress: ipv4Address(first + station),
    targetMac: 0,
    targetAddress: ipv4Address(target),
  });
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ANSWER_MS);
    answered = (address) => {
      if (address !== ipv4Address(first + station)) return;
      clearTimeout(timer);
      resolve(true);
    };
    tap.write([{ frame }]);
  });
}

const endMs = performance.now() + START_MS;
while (!(await ask(0)) && performance.now() < endMs);
const unanswered: number[] = [];
for (let station = 0; station < count && unanswered.length < UNANSWERED_TOLD; station += 1) {
  if (!(await ask(station))) unanswered.push(station);
}
console.log(JSON.stringify({ unanswered }));
tap.close();
execFileSync('ip', ['link', 'del', 'br0']);
process.exit(0);
