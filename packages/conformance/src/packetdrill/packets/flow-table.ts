import type { SocketInfo } from '@strata/transport';
import { TCP_ACK, TCP_SYN } from '@strata/wire';
import type { PacketAction, Ports } from '../language/script.ts';
import { Flow } from './flow.ts';

/** The first port of peers that connect. */
const FIRST_PEER_PORT = 40_001;

/**
 * Finds the connection that a packet of a script belongs to. A packet without ports belongs to the
 * connection opened last, as in packetdrill. A packet with ports may belong to any connection;
 * packetdrill has only one.
 */
export class FlowTable {
  readonly #bindPort: number;
  readonly #sockets: () => readonly SocketInfo[];
  readonly #flows = new Map<string, Flow>();
  #current: Flow | undefined;
  #nextPeerPort = FIRST_PEER_PORT;

  /** `bindPort`: the local port of packets before any call names another one. */
  constructor(bindPort: number, sockets: () => readonly SocketInfo[]) {
    this.#bindPort = bindPort;
    this.#listenPort = bindPort;
    this.#sockets = sockets;
  }

  #listenPort: number;

  /** A new socket is made, or listens: the next packet starts a new connection. */
  startAnew(listenPort = this.#bindPort): void {
    this.#current = undefined;
    this.#listenPort = listenPort;
  }

  /** A socket connects, or a UDP socket is opened: later packets belong to it. */
  follow(localPort: number, remotePort: number): void {
    this.#current = new Flow(localPort, remotePort);
    this.#flows.set(keyOf(localPort, remotePort), this.#current);
  }

  /** The connection that the packet belongs to. */
  find(packet: PacketAction): Flow {
    const ports = packet.protocol === 'icmp' ? undefined : packet.ports;
    const flow = ports === undefined ? this.#implied() : this.#named(ports, packet.direction);
    return this.#reopened(flow, packet);
  }

  #implied(): Flow {
    if (this.#current === undefined) {
      this.follow(this.#listenPort, this.#nextPeerPort);
      this.#nextPeerPort += 1;
    }
    return this.#current!;
  }

  #named({ source, destination }: Ports, direction: 'in' | 'out'): Flow {
    const [local, remote] = direction === 'in' ? [destination, source] : [source, destination];
    const known = this.#flows.get(keyOf(local, remote));
    if (known !== undefined) return known;
    const flow = new Flow(local, remote);
    this.#flows.set(keyOf(local, remote), flow);
    return flow;
  }

  /**
   * A SYN with another number starts a new connection between the same ports, if the old connection
   * is over.
   */
  #reopened(flow: Flow, packet: PacketAction): Flow {
    if (packet.protocol !== 'tcp' || packet.direction === 'out') return flow;
    const isSyn = (packet.flags & (TCP_SYN | TCP_ACK)) === TCP_SYN;
    if (!isSyn || flow.remoteIsn === undefined || flow.remoteIsn === packet.seq) return flow;
    const { localPort, remotePort } = flow;
    const isOpen = this.#sockets().some(
      ({ local, remote, state }) =>
        local.port === localPort && remote.port === remotePort && state !== 'TIME-WAIT',
    );
    if (isOpen) return flow;
    const next = new Flow(localPort, remotePort);
    this.#flows.set(keyOf(localPort, remotePort), next);
    if (this.#current === flow) this.#current = next;
    return next;
  }

  /** The connection that calls and assertions refer to. */
  get current(): Flow | undefined {
    return this.#current;
  }
}

function keyOf(localPort: number, remotePort: number): string {
  return `${localPort} ${remotePort}`;
}
