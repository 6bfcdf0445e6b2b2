import { execFileSync } from 'node:child_process';
import { NetworkCore } from '@strata/network';
import { openTap, type TapDevice } from '@strata/tap';
import {
  type AddressType,
  broadcastOf,
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_IPV4,
  EthernetFrame,
  emitEthernetHeader,
  isMulticastIpv4,
  isParseError,
  LIMITED_BROADCAST_IPV4,
  multicastMac,
  readIpv4,
} from '@strata/wire';
import { freshNamespace } from '../stacks.ts';
import { inWords, isSentinelReply } from './icmp-answers.ts';
import { type IcmpCase, SENTINEL, SUBJECT } from './icmp-cases.ts';

const [LINUX_MAC, PEER_MAC] = ['02:00:00:00:00:01', '02:00:00:00:00:99'];
const [LINUX_MAC_NUMBER, PEER_MAC_NUMBER] = [0x020000000001, 0x020000000099];
const BROADCAST_MAC = 0xffffffffffff;
const ANSWER_TIMEOUT_MS = 5000;

function castOf(packet: Uint8Array): AddressType {
  const destination = readIpv4(packet, 16);
  if (isMulticastIpv4(destination)) return 'multicast';
  const isBroadcast =
    destination === LIMITED_BROADCAST_IPV4 || destination === broadcastOf(SUBJECT, 24);
  return isBroadcast ? 'broadcast' : 'unicast';
}

/** Linux as a host, in a network namespace at the other end of a TAP device. */
export class LinuxHost {
  readonly #tap: TapDevice;
  readonly #netns: string;
  #answers: string[] = [];
  #isDone: () => void = () => undefined;

  constructor() {
    this.#netns = freshNamespace();
    this.#tap = openTap({
      ...{ netns: this.#netns, name: 'strata0', mac: LINUX_MAC },
      ...{ addresses: ['192.0.2.1/24'], virtioHeader: false },
    });
    const neighbour = ['192.0.2.2', 'lladdr', PEER_MAC, 'dev', 'strata0', 'nud', 'permanent'];
    execFileSync('ip', ['-n', this.#netns, 'neigh', 'replace', ...neighbour]);
    // A new namespace takes the knobs of the first one, and a container engine makes that a router.
    this.set({ ip_forward: 0 });
    this.set({ icmp_ratelimit: 0, icmp_msgs_per_sec: 1_000_000, icmp_msgs_burst: 100_000 });
    this.#tap.onFrames((frames) => {
      for (const { frame } of frames) this.#take(frame);
    });
  }

  set(sysctls: Readonly<Record<string, number>>): void {
    const words = Object.entries(sysctls).map(([name, value]) => `net.ipv4.${name}=${value}`);
    execFileSync('ip', ['netns', 'exec', this.#netns, 'sysctl', '-qw', ...words]);
  }

  async answer({ name, packets }: IcmpCase): Promise<string[]> {
    this.#answers = [];
    const done = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${name}: Linux is silent`)),
        ANSWER_TIMEOUT_MS,
      );
      this.#isDone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    for (const packet of [...packets, SENTINEL]) {
      const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + packet.byteLength);
      emitEthernetHeader(frame, macFor(packet), PEER_MAC_NUMBER, ETHERTYPE_IPV4);
      frame.set(packet, ETHERNET_HEADER_OCTETS);
      if (this.#tap.write([{ frame }]) !== 1) throw new Error('Linux took no frame');
    }
    await done;
    return this.#answers;
  }

  stop(): void {
    this.#tap.close();
  }

  #take(frame: Uint8Array): void {
    const ethernet = EthernetFrame.parse(frame);
    if (isParseError(ethernet) || ethernet.etherType !== ETHERTYPE_IPV4) return;
    if (ethernet.payload[9] === 2) return;
    if (isSentinelReply(ethernet.payload)) this.#isDone();
    else this.#answers.push(inWords(ethernet.payload));
  }
}

function macFor(packet: Uint8Array): number {
  const cast = castOf(packet);
  if (cast === 'multicast') return multicastMac(readIpv4(packet, 16));
  return cast === 'broadcast' ? BROADCAST_MAC : LINUX_MAC_NUMBER;
}

/** Our network core as a host, in virtual time. */
export class StrataHost {
  readonly #core: NetworkCore;

  constructor() {
    const addresses = [{ address: SUBJECT, prefixLength: 24 }];
    this.#core = new NetworkCore(
      {
        interfaces: [{ index: 1, name: 'eth0', mtu: 1500, addresses }],
        routes: [],
        sysctl: { icmp_ratelimit: 0, icmp_msgs_per_sec: 1_000_000, icmp_msgs_burst: 100_000 },
        unixTimeAtZeroMs: Date.now(),
      },
      () => 0.5,
    );
  }

  set(sysctls: Readonly<Record<string, number>>): void {
    this.#core.setSysctl(sysctls);
  }

  answer({ packets }: IcmpCase): string[] {
    const answers: string[] = [];
    for (const packet of packets) {
      this.#core.handleIndication(
        {
          ...{ kind: 'packet', interfaceIndex: 1, etherType: ETHERTYPE_IPV4 },
          ...{ sourceMac: PEER_MAC_NUMBER, cast: castOf(packet), packet: packet.slice() },
          ...{ segmentSize: 0, checksum: 'complete', trace: undefined },
        },
        0,
      );
      for (let next = this.#core.pollLinkRequest(); next; next = this.#core.pollLinkRequest()) {
        if (next.packet[9] !== 2) answers.push(inWords(next.packet));
      }
    }
    return answers;
  }
}
