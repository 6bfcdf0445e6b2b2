/**
 * three-cores.ts off|on SECONDS: sends bulk data between two stacks of three cores each, in memory,
 * without driver, bus or device. Each PDU holds one segment, so there are as many PDUs per octet as
 * possible. Prints kilosegments of data per second of CPU time. `on`: all six cores are observed,
 * and their outcomes are polled. It also runs on earlier commits, whose cores cannot be observed.
 */

import { LinkCore } from '@strata/link';
import { NetworkCore } from '@strata/network';
import { TransportCore } from '@strata/transport';
import { type IpAddress, parseIpv4, UNSPECIFIED_IPV4 } from '@strata/wire';

const [mode, seconds] = process.argv.slice(2);
const MSS = 1460;
const PORT = 80;
const WARM_UP_MS = 1_200;
const CHUNK = new Uint8Array(16 * MSS);
const SOCKET = 64;
const FAR = Number.MAX_SAFE_INTEGER;

/** Uses only functions that earlier commits have too. */
function hostAddress(host: number): IpAddress {
  return parseIpv4(`192.0.2.${host}`)!;
}

/** The methods that are called here. Earlier cores do not have them. */
interface Observable {
  observe?(on: boolean): void;
  pollOutcome?(): unknown;
}

class Stack {
  readonly link: LinkCore;
  readonly network: NetworkCore;
  readonly transport: TransportCore;
  /** The offset of the next octet to send, and the limit of the send credit. */
  sentOctets = 0;
  creditOctets = 0;
  receivedOctets = 0;
  outcomes = 0;
  readonly #observed: readonly Observable[];

  constructor(own: number, peer: number) {
    const [address, to] = [hostAddress(own), hostAddress(peer)];
    const mac = (host: number) => 0x020000000000 + host;
    const addresses = [{ address, prefixLength: 24 }];
    const eth0 = { index: 1, name: 'eth0', mtu: 1500, addresses };
    const staticNeighbours = [{ address: to, mac: mac(peer) }];
    this.link = new LinkCore(
      { interfaces: [{ ...eth0, mac: mac(own), arp: false, staticNeighbours }] },
      Math.random,
    );
    this.network = new NetworkCore({ interfaces: [eth0], routes: [] }, Math.random);
    this.transport = new TransportCore(
      {
        addresses: [{ address, prefixLength: 24, mtuOctets: 1500 }],
        secret: new Uint8Array(16).fill(own),
        maxPduOctets: MSS,
        // Small segments, so that there are many and the window never limits them.
        sysctl: { tcp_timestamps: 0, tcp_wmem: [4096, 1 << 22, 1 << 22] },
      },
      Math.random,
    );
    this.#observed = [this.link, this.network, this.transport] as Observable[];
    if (mode === 'on') for (const core of this.#observed) core.observe!(true);
  }

  /** Passes on the outputs of the cores. Frames for the wire go to `peer`. */
  turn(peer: Stack, nowMs: number): void {
    if (this.transport.nextDeadlineMs() <= nowMs) this.transport.handleTimeout(nowMs);
    const { link, network, transport } = this;
    for (let up = link.pollIndication(); up; up = link.pollIndication()) {
      network.handleIndication(up, nowMs);
    }
    for (let up = network.pollIndication(); up; up = network.pollIndication()) {
      transport.handleIndication(up, nowMs);
    }
    for (let told = transport.pollIndication(); told; told = transport.pollIndication()) {
      this.#hear(told, nowMs);
    }
    if (this.creditOctets - this.sentOctets >= CHUNK.byteLength) this.#send(nowMs);
    for (let down = transport.pollNetworkRequest(); down; down = transport.pollNetworkRequest()) {
      network.handleRequest(down, nowMs);
    }
    for (let down = network.pollLinkRequest(); down; down = network.pollLinkRequest()) {
      link.handleRequest(down, nowMs);
    }
    for (let frame = link.pollFrame(); frame; frame = link.pollFrame()) {
      peer.link.handleFrame(frame, nowMs);
    }
    if (mode === 'on') this.#pollOutcomes();
  }

  #hear(told: NonNullable<ReturnType<TransportCore['pollIndication']>>, nowMs: number): void {
    if (told.kind === 'connected') this.creditOctets = told.sendCreditOctets;
    else if (told.kind === 'credit') this.creditOctets = told.limitOctets;
    else if (told.kind === 'data') this.receivedOctets += told.data.byteLength;
    else if (told.kind === 'offer') {
      const { socket } = told;
      this.transport.handleRequest(
        { kind: 'accept', socket, endpoint: 'bench', creditOctets: FAR },
        nowMs,
      );
    } else if (told.kind === 'closed') throw new Error(`closed: ${told.reason} ${told.detail}`);
  }

  #send(nowMs: number): void {
    const offset = this.sentOctets;
    this.sentOctets += CHUNK.byteLength;
    this.transport.handleRequest(
      { kind: 'send', socket: SOCKET, offset, data: CHUNK, push: false },
      nowMs,
    );
  }

  #pollOutcomes(): void {
    for (const core of this.#observed) {
      while (core.pollOutcome!() !== undefined) this.outcomes += 1;
    }
  }
}

const [a, b] = [new Stack(1, 2), new Stack(2, 1)];
const common = { endpoint: 'bench', options: {} };
const any = { address: UNSPECIFIED_IPV4, port: 0 };
b.transport.handleRequest(
  { kind: 'listen', socket: 128, local: { ...any, port: PORT }, backlog: 1, ...common },
  1,
);
const remote = { address: hostAddress(2), port: PORT };
a.transport.handleRequest(
  { kind: 'connect', socket: SOCKET, local: any, remote, creditOctets: FAR, ...common },
  1,
);

let nowMs = 1;
/**
 * Runs for `ms` milliseconds of real time. The stacks have their own clock, which advances 10
 * microseconds per turn.
 */
function runFor(ms: number): { readonly segments: number; readonly cpuSeconds: number } {
  const untilMs = performance.now() + ms;
  const before = b.receivedOctets;
  const cpu = process.cpuUsage();
  while (performance.now() < untilMs) {
    for (let turns = 0; turns < 100; turns += 1) {
      nowMs += 0.01;
      a.turn(b, nowMs);
      b.turn(a, nowMs);
    }
  }
  const { user, system } = process.cpuUsage(cpu);
  return { segments: (b.receivedOctets - before) / MSS, cpuSeconds: (user + system) / 1e6 };
}

runFor(WARM_UP_MS);
const { segments, cpuSeconds } = runFor(Number(seconds) * 1000);
if (segments < 1000) throw new Error(`only ${segments} segments came`);
if (mode === 'on' && a.outcomes + b.outcomes < segments) throw new Error('outcomes are missing');
console.log((segments / cpuSeconds / 1000).toFixed(2));
