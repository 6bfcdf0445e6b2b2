import {
  type NetworkIndication,
  type NetworkPathMtuRequest,
  type NetworkRequest,
  wholeRequest,
} from '@strata/network';
import {
  TransportCore,
  type TransportIndication,
  type TransportRequest,
  type TransportSysctl,
} from '@strata/transport';
import type { Settings } from './settings.ts';

/** A PDU that the core sent, and when. */
export interface SentPdu {
  readonly request: Exclude<NetworkRequest, NetworkPathMtuRequest>;
  readonly atUs: number;
}

/** Start of the core's clock, milliseconds: late enough that no time is negative. */
const START_MS = 100_000;
/** Most timeouts while the clock stands still. More mean an endless loop. */
const MAX_TURNS = 100_000;

/** One transport core in virtual time. The clock starts at 0 microseconds; calls take no time. */
export class CoreDriver {
  readonly core: TransportCore;
  /** PDUs that the core has sent and that are not checked yet. */
  readonly sent: SentPdu[] = [];
  /** Called for each indication to the application. */
  onIndication: (indication: TransportIndication) => void = () => {};
  /** Called after each input of the core. */
  onChange: () => void = () => {};
  #nowMs = START_MS;
  #turns = 0;

  constructor(settings: Settings, random: () => number) {
    const { localAddress: address, prefixLength, mtuOctets } = settings;
    this.core = new TransportCore(
      {
        addresses: [{ address, prefixLength, mtuOctets }],
        secret: new Uint8Array(16).fill(0x5a),
        // As large as Linux's super-segments. observe() cuts them up, because scripts describe
        // packets on the wire.
        maxPduOctets: 65_000,
      },
      random,
    );
  }

  get nowUs(): number {
    return (this.#nowMs - START_MS) * 1000;
  }

  get sysctl(): TransportSysctl {
    return this.core.sysctl;
  }

  request(request: TransportRequest): void {
    this.core.handleRequest(request, this.#nowMs);
    this.#poll();
  }

  inject(indication: NetworkIndication): void {
    this.core.handleIndication(indication, this.#nowMs);
    this.#poll();
    this.onChange();
  }

  /** Lets time pass, timer by timer. */
  advanceTo(us: number): void {
    while (this.stepTo(us));
  }

  /**
   * Lets time pass to the next timer, or to `us` if that is earlier. False if `us` is reached and
   * no timer was due.
   */
  stepTo(us: number): boolean {
    const untilMs = START_MS + us / 1000;
    const deadlineMs = this.core.nextDeadlineMs();
    if (deadlineMs > untilMs) {
      this.#nowMs = Math.max(this.#nowMs, untilMs);
      // No timer is due. The call only tells the core the time.
      this.core.handleTimeout(this.#nowMs);
      return false;
    }
    this.#turns = deadlineMs > this.#nowMs ? 0 : this.#turns + 1;
    if (this.#turns > MAX_TURNS) throw new Error('a timer of the core never comes to rest');
    this.#nowMs = Math.max(this.#nowMs, deadlineMs);
    this.core.handleTimeout(this.#nowMs);
    this.#poll();
    this.onChange();
    return true;
  }

  #poll(): void {
    const { core } = this;
    for (let told = core.pollIndication(); told; told = core.pollIndication()) {
      this.onIndication(told);
    }
    for (let sent = core.pollNetworkRequest(); sent; sent = core.pollNetworkRequest()) {
      // A confirmed path MTU is not a packet.
      const request = wholeRequest(sent);
      if (request.kind !== 'path-mtu') this.sent.push({ request, atUs: this.nowUs });
    }
  }
}
