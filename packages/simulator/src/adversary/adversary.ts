import type { NetworkSegmentIndication } from '@strata/network';
import { type SocketAddress, type Tcb, TransportCore } from '@strata/transport';
import {
  ipv4Address,
  PROTOCOL_TCP,
  TCP_ACK,
  TCP_FIN,
  TcpSegment,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { SeededRandom } from '../seeded-random.ts';
import { ADDRESS_A, ADDRESS_B } from '../tcp-pair.ts';
import { CoreWatch } from './core-watch.ts';
import { type Flow, keyOf } from './flow-book.ts';
import { HostileApplication } from './hostile-application.ts';
import { errorText, hostileError } from './hostile-error.ts';
import {
  breakOctets,
  calmSegment,
  freshSyn,
  type HostileSegment,
  hostileOctets,
  hostileSegment,
  hostileText,
  plausibleSegment,
} from './hostile-segment.ts';

const SERVER_PORT = 80;
const ANY: SocketAddress = { address: UNSPECIFIED_IPV4, port: 0 };
const LOCAL: SocketAddress = { address: ADDRESS_B, port: SERVER_PORT };

type StepName = number | 'start' | 'end';

/** The moves that bring the first connection into each state. */
const OPENED = ['syn', 'ack', 'accept'] as const;
const WAYS = {
  LISTEN: [],
  'SYN-SENT': [],
  'SYN-RECEIVED': ['syn'],
  ESTABLISHED: OPENED,
  'FIN-WAIT-1': [...OPENED, 'shutdown'],
  'FIN-WAIT-2': [...OPENED, 'shutdown', 'ack'],
  CLOSING: [...OPENED, 'shutdown', 'fin without ack'],
  'TIME-WAIT': [...OPENED, 'shutdown', 'ack', 'fin'],
  'CLOSE-WAIT': [...OPENED, 'fin'],
  'LAST-ACK': [...OPENED, 'fin', 'shutdown'],
} as const;
const STATES = Object.keys(WAYS) as (keyof typeof WAYS)[];

/**
 * A core under attack. Each step is a segment, an ICMP error, a request of the application, or
 * time. The seed and the step's own number choose it, so a run without some of the steps does the
 * other steps as before. After each step the core is checked.
 */
export class Adversary {
  readonly #seed: number;
  readonly #watch: CoreWatch;
  readonly #application: HostileApplication;
  /**
   * How often the peer sends FIN, and how often the application ends a connection. Both depend on
   * the seed.
   */
  readonly #finChance: number;
  readonly #endChance: number;

  constructor(seed: number) {
    this.#seed = seed;
    const random = new SeededRandom(seed, 1);
    const start = random.pick([0, 1000, 2 ** 31, 2 ** 32 - 5000, 1e9]);
    const core = createCore(seed);
    this.#application = new HostileApplication(core.sysctl.tcp_syncookies !== 0);
    // In half of the runs the first connection's sequence numbers wrap soon.
    const startMs = random.chance(0.5) ? start + msUntilWrap(seed, start) : start;
    this.#watch = new CoreWatch(core, this.#application, startMs);
    this.#finChance = random.pick([0, 0.02, 0.1, 0.3]);
    this.#endChance = random.pick([0, 0.05, 0.15, 0.4]);
    this.#request(
      this.#application.listen(random, { address: UNSPECIFIED_IPV4, port: SERVER_PORT }),
    );
    this.#driveTo(random.pick(STATES), random);
  }

  /** The events so far, one line each. */
  get lines(): readonly string[] {
    return this.#watch.lines;
  }

  /** Does step `index`. Throws if an invariant is broken. */
  step(index: number): void {
    const random = new SeededRandom(this.#seed, 1000 + index);
    const choice = random.next();
    if (choice < 0.42) this.#sendTo(random, index, 'plausible');
    else if (choice < 0.66) this.#sendTo(random, index, 'hostile');
    else if (choice < 0.69) this.#sendBatch(random, index);
    else if (choice < 0.74) this.#sendSyn(random, index);
    else if (choice < 0.745) this.#flood(random, index);
    else if (choice < 0.77) this.#icmp(random, index);
    else if (choice < 0.78) this.#connect(random, index);
    else if (choice < 0.9) this.#ask(random, index);
    else this.#pass(random, index);
  }

  /** The application aborts all its sockets, and time passes. Throws if any state is left. */
  finish(): void {
    this.#note('end', 'the application aborts everything');
    for (const request of this.#application.abortAll()) this.#request(request);
    this.#watch.advanceTo(this.#watch.nowMs + 4_000_000);
    this.#watch.checkNothingLeft();
  }

  /** Brings a first connection into a state, so that each state is tested equally often. */
  #driveTo(state: (typeof STATES)[number], random: SeededRandom): void {
    const remote = { address: ADDRESS_A, port: 40_000 };
    if (state === 'SYN-SENT') return this.#request(this.#application.connect(random, ANY, remote));
    const flow = { local: LOCAL, remote };
    const send = (flags: number, isAcknowledging = true) => {
      const tcb = this.#watch.connections().get(keyOf(LOCAL, remote));
      const numbers = this.#watch.flows.numbersOf(flow, tcb);
      const segment = calmSegment(flags, numbers);
      const { sndUna, sndNxt } = numbers;
      const acknowledgment = isAcknowledging ? sndNxt : sndUna;
      this.#inject(random, 'start', flow, { ...segment, acknowledgment });
      this.#watch.settle();
    };
    for (const move of WAYS[state]) {
      if (move === 'syn') this.#inject(random, 'start', flow, freshSyn(random, random.uint32()));
      if (move === 'syn') this.#watch.settle();
      else if (move === 'ack') send(TCP_ACK);
      else if (move === 'fin') send(TCP_ACK | TCP_FIN);
      else if (move === 'fin without ack') send(TCP_ACK | TCP_FIN, false);
      else {
        const request =
          move === 'accept' ? this.#application.accept(1_000_000) : this.#application.shutdown();
        if (request !== undefined) this.#request(request);
      }
    }
  }

  #note(index: StepName, what: string): void {
    this.#watch.lines.push(`${index} at ${this.#watch.nowMs} ms: ${what}`);
  }

  #request(request: Parameters<TransportCore['handleRequest']>[0]): void {
    this.#watch.core.handleRequest(request, this.#watch.nowMs);
    // Closing a listener resets each connection in its backlog.
    this.#watch.settle(1 + this.#watch.core.sockets().length);
  }

  #ask(random: SeededRandom, index: number): void {
    const request = this.#application.anything(random, this.#endChance);
    if (request === undefined) return this.#open(random, index);
    const { kind, socket } = request;
    const more = kind === 'send' ? ` ${request.offset}+${request.data.byteLength}` : '';
    this.#note(index, `the application asks: ${kind} ${socket}${more}`);
    this.#request(request);
  }

  #open(random: SeededRandom, index: number): void {
    if (random.chance(0.5)) return this.#connect(random, index);
    const local = { address: random.pick([UNSPECIFIED_IPV4, ADDRESS_B]), port: SERVER_PORT };
    this.#note(index, 'the application listens');
    this.#request(this.#application.listen(random, local));
  }

  #connect(random: SeededRandom, index: number): void {
    const local = { address: UNSPECIFIED_IPV4, port: random.pick([0, 0, 1024, SERVER_PORT]) };
    this.#note(index, `the application connects from port ${local.port}`);
    this.#request(this.#application.connect(random, local, anyRemote(random)));
  }

  /** Lets time pass: to the next timer, or a short or long way. The timers run in time or late. */
  #pass(random: SeededRandom, index: number): void {
    const watch = this.#watch;
    const next = watch.core.nextDeadlineMs();
    const wait = next === Infinity ? 0 : Math.max(0, next - watch.nowMs);
    const ms = random.pick([
      0.3,
      1,
      40,
      200,
      1000,
      20_000,
      130_000,
      wait,
      wait,
      wait + 1,
      wait / 2,
    ]);
    if (random.chance(0.2)) {
      this.#note(index, `${ms} ms pass, timers run late`);
      watch.nowMs += ms;
      watch.runTimers();
    } else {
      this.#note(index, `${ms} ms pass`);
      watch.advanceTo(watch.nowMs + ms);
    }
  }

  #sendTo(random: SeededRandom, index: number, mood: 'plausible' | 'hostile'): void {
    const connections = this.#watch.connections();
    const flow = this.#anyFlow(random, connections);
    this.#inject(random, index, flow, this.#make(random, flow, connections, mood));
    this.#watch.settle();
  }

  #sendBatch(random: SeededRandom, index: number): void {
    const count = random.integer(2, 6);
    const connections = this.#watch.connections();
    for (let i = 0; i < count; i += 1) {
      const flow = this.#anyFlow(random, connections);
      const mood = random.pick(['plausible', 'hostile'] as const);
      this.#inject(random, index, flow, this.#make(random, flow, connections, mood));
      this.#watch.noteBatched();
    }
    this.#watch.settle(count);
  }

  #sendSyn(random: SeededRandom, index: number): void {
    const flow = { local: LOCAL, remote: anyRemote(random) };
    this.#inject(random, index, flow, freshSyn(random, random.uint32()));
    this.#watch.settle();
  }

  /** A SYN flood from many forged addresses. */
  #flood(random: SeededRandom, index: number): void {
    for (let i = 0; i < 40; i += 1) {
      const remote = {
        address: ipv4Address(0x0a000000 + random.integer(1, 0xffff)),
        port: 1024 + i,
      };
      this.#inject(random, index, { local: LOCAL, remote }, freshSyn(random, random.uint32()));
      this.#watch.settle();
    }
  }

  #anyFlow(random: SeededRandom, connections: ReadonlyMap<string, Tcb>): Flow {
    const live = [...connections.values()];
    if (live.length > 0 && random.chance(0.85)) {
      // Mostly one of six connections: after a flood the other connections must still get segments.
      return random.pick(random.chance(0.7) ? live.slice(0, 6) : live);
    }
    return this.#watch.flows.any(random) ?? { local: LOCAL, remote: anyRemote(random) };
  }

  #make(
    random: SeededRandom,
    flow: Flow,
    connections: ReadonlyMap<string, Tcb>,
    mood: 'plausible' | 'hostile',
  ): HostileSegment {
    const tcb = connections.get(keyOf(flow.local, flow.remote));
    const numbers = this.#watch.flows.numbersOf(flow, tcb);
    if (mood === 'hostile') return hostileSegment(random, numbers);
    // Without a connection the peer opens one: with a number beyond the old connection's
    // (TIME-WAIT), or any number.
    if (tcb === undefined && random.chance(0.8)) {
      const beyond = (numbers.rcvNxt + random.integer(0, 100_000)) >>> 0;
      return freshSyn(random, random.pick([beyond, random.uint32()]));
    }
    return plausibleSegment(random, tcb?.state ?? 'CLOSED', numbers, this.#finChance);
  }

  #inject(random: SeededRandom, index: StepName, flow: Flow, segment: HostileSegment): void {
    const tcb = this.#watch.connections().get(keyOf(flow.local, flow.remote));
    const numbers = this.#watch.flows.numbersOf(flow, tcb);
    let bytes = hostileOctets(segment, flow.remote, flow.local);
    const isBroken = random.chance(0.02);
    if (isBroken) bytes = breakOctets(random, bytes);
    const state = tcb?.state ?? 'no connection';
    this.#note(
      index,
      `${keyOf(flow.local, flow.remote)} (${state}) gets${isBroken ? ' broken' : ''} ${hostileText(segment, numbers)}`,
    );
    const data = segment.data.byteLength;
    const isSuper = data > 3000 && random.chance(0.5);
    this.#watch.core.handleIndication(
      indication(flow, bytes, isSuper ? 1460 : 0, random.chance(0.1) ? random.integer(0, 255) : 0),
      this.#watch.nowMs,
    );
  }

  #icmp(random: SeededRandom, index: number): void {
    const connections = this.#watch.connections();
    const flow = this.#anyFlow(random, connections);
    const tcb = connections.get(keyOf(flow.local, flow.remote));
    const error = hostileError(random, flow, this.#watch.flows.numbersOf(flow, tcb));
    this.#note(index, `${keyOf(flow.local, flow.remote)} gets ${errorText(error)}`);
    this.#watch.core.handleIndication(error, this.#watch.nowMs);
    this.#watch.settle();
  }
}

function indication(
  flow: Flow,
  segment: Uint8Array,
  segmentSize: number,
  tos: number,
): NetworkSegmentIndication {
  return {
    kind: 'segment',
    source: flow.remote.address,
    destination: flow.local.address,
    protocol: PROTOCOL_TCP,
    ttl: 64,
    tos,
    interfaceIndex: 1,
    cast: 'unicast',
    header: new Uint8Array(20),
    segment,
    segmentSize,
    checksum: 'complete',
    trace: undefined,
  };
}

function anyRemote(random: SeededRandom): SocketAddress {
  return { address: ADDRESS_A, port: random.pick([40_000, 40_001, 40_002, 7, 80]) };
}

function createCore(seed: number): TransportCore {
  const random = new SeededRandom(seed, 2);
  const mtuOctets = random.pick([1500, 1500, 1500, 576, 9000, 65_535, 128]);
  const sysctl = {
    tcp_timestamps: random.pick([0, 1, 1]),
    tcp_sack: random.pick([0, 1, 1]),
    tcp_window_scaling: random.pick([0, 1, 1]),
    tcp_max_syn_backlog: random.pick([4, 1024]),
    tcp_syncookies: random.pick([0, 1, 1, 2]),
    tcp_shrink_window: random.pick([0, 0, 0, 1]),
    tcp_ecn: random.pick([0, 1, 2]),
    tcp_stdurg: random.pick([0, 0, 1]),
    tcp_orphan_retries: random.pick([0, 1]),
    tcp_abort_on_overflow: random.pick([0, 1]),
    tcp_max_tw_buckets: random.pick([0, 2, 1000]),
    tcp_retries2: random.pick([3, 15]),
    tcp_fin_timeout: random.pick([1, 60]),
    tcp_congestion_control: random.pick(['reno', 'cubic']),
    tcp_rmem: random.pick([[4096, 131072, 6291456] as const, [2304, 5000, 10_000] as const]),
    tcp_challenge_ack_limit: random.pick([0, 2, 1000]),
    tcp_rfc1337: random.pick([0, 0, 1]),
  };
  return new TransportCore(
    {
      addresses: [{ address: ADDRESS_B, prefixLength: 24, mtuOctets }],
      secret: new Uint8Array(16).fill(seed & 255),
      sysctl,
      maxPduOctets: random.pick([1, 1, 16_384, 65_000]),
    },
    new SeededRandom(seed, 3).next,
  );
}

/** Initial sequence numbers move by 250 a millisecond (RFC 9293 3.4.1). */
const ISN_PER_MS = 250;

/**
 * The time until the ISN of a connection from the peer's first port is a few thousand below 2^32.
 */
function msUntilWrap(seed: number, startMs: number): number {
  const core = createCore(seed);
  const random = new SeededRandom(seed, 4);
  const remote = { address: ADDRESS_A, port: 40_000 };
  const application = new HostileApplication(false);
  core.handleRequest(application.listen(random, LOCAL), startMs);
  const syn = hostileOctets(freshSyn(random, 0), remote, LOCAL);
  core.handleIndication(indication({ local: LOCAL, remote }, syn, 0, 0), startMs);
  const sent = core.pollNetworkRequest();
  if (sent?.kind !== 'send') return 0;
  const answer = TcpSegment.parse(sent.segment);
  if (typeof answer === 'string') return 0;
  return Math.floor(((0x100000000 - answer.sequence) % 0x100000000) / ISN_PER_MS) - 20;
}
