/**
 * node syn-flooder.ts JSON: in its network namespace, makes a TAP device `flood0` and prints
 * `ready`. On SIGUSR2 it begins to send SYNs from spoofed sources into the device for a number of
 * seconds. The kernel routes them to the target. Ends with a line of JSON: frames sent, and answers
 * that the kernel routed to the spoofed hosts.
 */
import { openTap } from '@strata/tap';
import {
  ETHERTYPE_IPV4,
  emitEthernetHeader,
  emitIpv4Header,
  emitTcpChecksum,
  emitTcpHeader,
  ipv4Address,
  PROTOCOL_TCP,
  parseMac,
  TCP_SYN,
} from '@strata/wire';

interface Flood {
  readonly target: number;
  readonly port: number;
  /** The spoofed sources: any address of this prefix. */
  readonly prefix: number;
  readonly prefixLength: number;
  readonly perSecond: number;
  readonly seconds: number;
}

const flood = JSON.parse(process.argv[2]!) as Flood;
const FLOODER = parseMac('02:00:00:00:00:99')!;
const TICK_MS = 5;
const IP_AT = 14;
const TCP_AT = IP_AT + 20;
const TCP_OCTETS = 24;

const tap = openTap({ name: 'flood0', backlogFrames: 65_536 });
const gateway = parseMac(tap.mac)!;
let answers = 0;
tap.onFrames((frames) => {
  answers += frames.length;
});

/** A frame with a SYN. Its source address, source port and sequence number are random. */
function syn(): Uint8Array {
  const hostBits = 32 - flood.prefixLength;
  const source = ipv4Address(
    (flood.prefix + 1 + Math.floor(Math.random() * (2 ** hostBits - 2))) >>> 0,
  );
  const frame = new Uint8Array(TCP_AT + TCP_OCTETS);
  emitEthernetHeader(frame, gateway, FLOODER, ETHERTYPE_IPV4);
  emitIpv4Header(frame.subarray(IP_AT), {
    tos: 0,
    totalOctets: 20 + TCP_OCTETS,
    identification: 0,
    dontFragment: true,
    moreFragments: false,
    fragmentOffsetOctets: 0,
    ttl: 64,
    protocol: PROTOCOL_TCP,
    source,
    destination: ipv4Address(flood.target),
  });
  const segment = frame.subarray(TCP_AT);
  emitTcpHeader(segment, {
    sourcePort: 1024 + Math.floor(Math.random() * 64_000),
    destinationPort: flood.port,
    sequence: Math.floor(Math.random() * 2 ** 32),
    acknowledgment: 0,
    flags: TCP_SYN,
    window: 512,
    urgentPointer: 0,
    options: { mss: 1460 },
  });
  emitTcpChecksum(segment, source, ipv4Address(flood.target));
  return frame;
}

/**
 * Sends at the given rate. If the process was not scheduled in time, it catches up at twice the
 * rate, not in one burst.
 */
function start(): void {
  const total = flood.perSecond * flood.seconds;
  const mostATick = (2 * flood.perSecond * TICK_MS) / 1000;
  const beginMs = performance.now();
  let sent = 0;
  let dropped = 0;
  const timer = setInterval(() => {
    const elapsedMs = performance.now() - beginMs;
    const due = Math.min(total, Math.floor((elapsedMs * flood.perSecond) / 1000));
    const batch = Array.from({ length: Math.min(mostATick, due - sent) }, () => ({ frame: syn() }));
    dropped += batch.length - tap.write(batch);
    sent += batch.length;
    if (sent < total) return;
    clearInterval(timer);
    // Waits for answers that are still on their way.
    setTimeout(() => {
      console.log(JSON.stringify({ sent: sent - dropped, answers }));
      tap.close();
      process.exit(0);
    }, 500);
  }, TICK_MS);
}

console.log('ready');
process.on('SIGUSR2', start);
setInterval(() => {}, 1000);
