import { wholeRequest } from '@strata/network';
import { ADDRESS_A, ADDRESS_B, SeededRandom } from '@strata/simulator';
import {
  type SocketId,
  TransportCore,
  type TransportIndication,
  type TransportRequest,
  type TransportSysctl,
} from '@strata/transport';
import { type IpAddress, UNSPECIFIED_IPV4 } from '@strata/wire';

const REMOTE = { address: ADDRESS_B, port: 80 };
const CREDIT_OCTETS = 65_536;

/**
 * A client's core and a server's core, linked without a wire, in virtual time. The server echoes
 * its input.
 */
export class LinkedCores {
  readonly client: TransportCore;
  readonly server: TransportCore;
  /** The client's open connections, and the server's accepted ones. */
  readonly open: SocketId[] = [];
  readonly accepted: SocketId[] = [];
  #nextSocket = 64;
  #nowMs = 1000;

  constructor(sysctl: Partial<TransportSysctl> = {}) {
    this.client = coreOf(ADDRESS_A, 1, { ip_local_port_range: [1024, 65_535], ...sysctl });
    this.server = coreOf(ADDRESS_B, 2, sysctl);
    this.#ask(this.server, {
      kind: 'listen',
      socket: 64,
      endpoint: 'server',
      local: { address: UNSPECIFIED_IPV4, port: 80 },
      backlog: 4096,
      options: {},
    });
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  /** Opens `count` connections, and sends a request with an answer on each. */
  connect(count: number): void {
    for (let i = 0; i < count; i += 1) {
      this.#nextSocket += 64;
      this.#ask(this.client, {
        kind: 'connect',
        socket: this.#nextSocket,
        endpoint: 'client',
        local: { address: UNSPECIFIED_IPV4, port: 0 },
        remote: REMOTE,
        options: {},
        creditOctets: CREDIT_OCTETS,
      });
      if (i % 64 === 63) this.settle();
    }
    this.settle();
  }

  /** The client closes all its connections; the server closes in answer. */
  closeAll(): void {
    for (const socket of this.open.splice(0)) {
      this.#ask(this.client, { kind: 'close', socket });
    }
    this.settle();
  }

  /** Runs the timers of the next `ms`. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = Math.min(this.client.nextDeadlineMs(), this.server.nextDeadlineMs());
      if (next > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, next);
      this.client.handleTimeout(this.#nowMs);
      this.server.handleTimeout(this.#nowMs);
      this.settle();
    }
    this.#nowMs = endMs;
  }

  /** Carries PDUs back and forth until there are none. */
  settle(): void {
    while (this.#carry(this.client, this.server) || this.#carry(this.server, this.client)) {
      // Until both are silent.
    }
  }

  #carry(from: TransportCore, to: TransportCore): boolean {
    let carried = false;
    for (let sent = from.pollNetworkRequest(); sent; sent = from.pollNetworkRequest()) {
      carried = true;
      const pdu = wholeRequest(sent);
      if (pdu.kind !== 'send') continue;
      const { source, destination, protocol, ttl, tos, segment, segmentSize } = pdu;
      to.handleIndication(
        {
          kind: 'segment',
          source,
          destination,
          protocol,
          ttl,
          tos,
          interfaceIndex: 1,
          cast: 'unicast',
          header: NO_HEADER,
          segment,
          segmentSize,
          checksum: 'verified',
          trace: undefined,
        },
        this.#nowMs,
      );
    }
    for (let told = from.pollIndication(); told; told = from.pollIndication()) {
      carried = true;
      if (from === this.client) this.#hearClient(told);
      else this.#hearServer(told);
    }
    return carried;
  }

  #hearClient(told: TransportIndication): void {
    if (told.kind === 'connected') {
      this.open.push(told.socket);
      this.#send(this.client, told.socket, new Uint8Array(100));
    } else if (told.kind === 'closed' && told.reason !== 'finished') {
      throw new Error(`the client's connection ended: ${told.reason} ${told.detail}`);
    }
  }

  #hearServer(told: TransportIndication): void {
    const { socket } = told;
    if (told.kind === 'offer') {
      const [endpoint, creditOctets] = ['server', CREDIT_OCTETS];
      this.accepted.push(socket);
      this.#ask(this.server, { kind: 'accept', socket, endpoint, creditOctets });
    } else if (told.kind === 'data') this.#send(this.server, socket, told.data);
    else if (told.kind === 'end') this.#ask(this.server, { kind: 'close', socket });
  }

  #send(core: TransportCore, socket: SocketId, data: Uint8Array): void {
    this.#ask(core, { kind: 'send', socket, offset: 0, data, push: true });
  }

  #ask(core: TransportCore, request: TransportRequest): void {
    core.handleRequest(request, this.#nowMs);
  }
}

const NO_HEADER = new Uint8Array(20);

function coreOf(address: IpAddress, seed: number, sysctl: Partial<TransportSysctl>): TransportCore {
  return new TransportCore(
    {
      addresses: [{ address, prefixLength: 24, mtuOctets: 1500 }],
      secret: new Uint8Array(16).fill(seed),
      sysctl,
    },
    new SeededRandom(seed).next,
  );
}
