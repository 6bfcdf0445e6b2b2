import { SeededRandom } from '@strata/simulator';
import { TransportCore, type TransportIndication, type TransportRequest } from '@strata/transport';
import { isParseError, PROTOCOL_TCP, TcpSegment, UNSPECIFIED_IPV4 } from '@strata/wire';
import { Conversation, PEER, SUBJECT } from './conversation.ts';
import { type Asked, PORT, type Scenario, type Step, UNREAD_PORT } from './script.ts';
import { type StepAnswers, StepRecorder, type Subject } from './subject.ts';

const READING = 1;
const UNREAD = 2;
const CONNECTION = 3;
const PEER_PORT = 20_000;
const ALL = 2 ** 40;

/** Our transport core, in virtual time. */
export class StrataSubject implements Subject {
  run(scenario: Scenario): Promise<readonly StepAnswers[]> {
    const run = new StrataRun(scenario);
    return Promise.resolve(scenario.steps.map((step) => run.step(step)));
  }
}

class StrataRun {
  readonly #core: TransportCore;
  readonly #conversation: Conversation;
  readonly #recorder: StepRecorder;
  #nowMs = 10_000;
  #stepMs = 0;
  #socket = 0;
  #sent = 0;
  #reads = true;
  /** Node reports no more events of a socket after it has read the end, or closed the socket. */
  #hears = true;

  constructor(scenario: Scenario) {
    this.#conversation = new Conversation(scenario, PEER_PORT);
    this.#recorder = new StepRecorder(scenario);
    this.#core = new TransportCore(
      {
        addresses: [{ address: SUBJECT, prefixLength: 24, mtuOctets: 1500 }],
        secret: new Uint8Array(16).fill(7),
        // One segment per PDU: the TAP of the Linux subject has no offload either.
        maxPduOctets: 1,
      },
      new SeededRandom(1).next,
    );
    for (const [socket, port] of [
      [READING, PORT],
      [UNREAD, UNREAD_PORT],
    ] as const) {
      const local = { address: UNSPECIFIED_IPV4, port };
      this.#request({ kind: 'listen', socket, endpoint: 'app', local, backlog: 16, options: {} });
    }
    this.#recorder.take();
  }

  step(step: Step): StepAnswers {
    this.#stepMs = this.#nowMs;
    if (step.kind === 'inject') this.#inject(this.#conversation.make(step.segment), step);
    else if (step.kind === 'ask') this.#ask(step.what, step.octets);
    const endMs = this.#nowMs + step.waitMs;
    while (this.#core.nextDeadlineMs() <= endMs) {
      this.#nowMs = Math.max(this.#nowMs, this.#core.nextDeadlineMs());
      this.#core.handleTimeout(this.#nowMs);
      this.#poll();
    }
    this.#nowMs = endMs;
    return this.#recorder.take();
  }

  #inject(segment: Uint8Array, { segment: { tos = 0 } }: Extract<Step, { kind: 'inject' }>): void {
    this.#core.handleIndication(
      {
        kind: 'segment',
        source: PEER,
        destination: SUBJECT,
        protocol: PROTOCOL_TCP,
        ttl: 64,
        tos,
        interfaceIndex: 1,
        cast: 'unicast',
        header: new Uint8Array(20),
        segment,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
      },
      this.#nowMs,
    );
    this.#poll();
  }

  #ask(what: Asked, octets: number): void {
    const socket = this.#socket;
    if (what === 'connect') {
      this.#socket = CONNECTION;
      const remote = { address: PEER, port: PEER_PORT };
      const local = { address: UNSPECIFIED_IPV4, port: 0 };
      const more = { endpoint: 'app', local, remote, options: {}, creditOctets: ALL };
      this.#request({ kind: 'connect', socket: CONNECTION, ...more });
    } else if (what === 'write') {
      const data = new Uint8Array(octets).fill(98);
      this.#request({ kind: 'send', socket, offset: this.#sent, data, push: true });
      this.#sent += octets;
    } else if (what === 'read') {
      this.#reads = true;
      this.#request({ kind: 'credit', socket, limitOctets: ALL });
    } else {
      if (what !== 'shutdown') this.#hears = false;
      this.#request({ kind: what, socket });
    }
  }

  #request(request: TransportRequest): void {
    this.#core.handleRequest(request, this.#nowMs);
    this.#poll();
  }

  #poll(): void {
    const core = this.#core;
    for (let told = core.pollIndication(); told; told = core.pollIndication()) this.#tell(told);
    for (let sent = core.pollNetworkRequest(); sent; sent = core.pollNetworkRequest()) {
      if (sent.kind !== 'send') continue;
      const segment = TcpSegment.parse(sent.segment);
      if (isParseError(segment)) throw new Error(`a bad segment: ${segment}`);
      const { text, isRepeat } = this.#conversation.read(segment, sent.tos);
      this.#recorder.segment(text, isRepeat, this.#nowMs - this.#stepMs);
    }
  }

  #tell(told: TransportIndication): void {
    switch (told.kind) {
      case 'offer': {
        this.#socket = told.socket;
        this.#sent = 0;
        this.#reads = told.listener === READING;
        const creditOctets = this.#reads ? ALL : 0;
        this.#recorder.event('accepted');
        const { socket } = told;
        this.#core.handleRequest(
          { kind: 'accept', socket, endpoint: 'app', creditOctets },
          this.#nowMs,
        );
        return;
      }
      case 'connected':
        this.#recorder.event('connected');
        return;
      case 'data':
        this.#recorder.data(told.data.byteLength);
        return;
      case 'end':
        // An application that does not read does not see the end.
        if (this.#reads) this.#recorder.event('end');
        this.#hears = false;
        return;
      case 'closed':
        if (this.#reads && this.#hears) this.#closed(told.reason);
        return;
      default:
        return;
    }
  }

  #closed(reason: string): void {
    if (['reset', 'refused', 'timed out'].includes(reason)) this.#recorder.event(reason);
  }
}
