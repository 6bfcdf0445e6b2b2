import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { lookup } from 'node:dns/promises';
import { isIPv6, SocketAddress } from 'node:net';
import type { Bus } from '@strata/bus';
import { type LinkFrame, NO_OFFLOAD, WireStations } from '@strata/link';
import { ETHERNET_HEADER_OCTETS, readUint48 } from '@strata/wire';
import type { Clock } from '../clock.ts';
import type { UdpConfig, WireConfig } from '../config/schema.ts';
import type { Logger } from '../log.ts';
import { type Counters, HEALTHY, type Health, type Running } from '../running.ts';
import { fitFrames } from './fit-frames.ts';
import { WirePort } from './wire-port.ts';

/** Most datagrams that wait in Node and the kernel, as Linux's default txqueuelen. */
const TRANSMIT_QUEUE_FRAMES = 1000;
/** The receive buffer that is asked of the kernel (its net.core.rmem_max limits it). */
const RECEIVE_BUFFER_OCTETS = 4 * 2 ** 20;

export interface UdpBridgeOptions {
  readonly bus: Bus;
  /** Name of the wire in the config. */
  readonly wire: string;
  readonly config: WireConfig;
  readonly udp: UdpConfig;
  readonly log: Logger;
  /** Default: the system's clock. */
  readonly clock?: Clock | undefined;
}

/**
 * Joins a wire to a wire of another process, as a learning bridge does (IEEE 802.1D 7). A datagram
 * holds one Ethernet frame from its destination address on, without frame check sequence.
 * Super-segments are cut up first. Frames of others than the peer are refused and counted. There is
 * no acknowledgment: a lost datagram is a lost frame.
 */
export class UdpBridge implements Running {
  /** The address that it listens on. */
  readonly address: { readonly host: string; readonly port: number };
  readonly #socket: Socket;
  readonly #peer: { readonly host: string; readonly port: number };
  /** The peer's port on the wire. Its directions are the peer's: out is to the wire. */
  readonly port: WirePort;
  readonly #stations = new WireStations({ own: 0 });
  readonly #log: Logger;
  readonly #maxFrameOctets: number;
  readonly #counts = {
    rx_frames: 0,
    rx_octets: 0,
    rx_foreign: 0,
    rx_length_errors: 0,
    tx_frames: 0,
    tx_octets: 0,
    tx_dropped: 0,
    tx_errors: 0,
  };
  #inFlight = 0;
  #isClosed = false;

  /** Opens the socket. Rejects with the system's error. */
  static async open(options: UdpBridgeOptions): Promise<UdpBridge> {
    const { listen, peer } = options.udp;
    const own = await lookup(listen.host);
    const other = await lookup(peer.host, { family: own.family });
    const socket = createSocket({
      type: isIPv6(own.address) ? 'udp6' : 'udp4',
      // The peer's address is known: without a lookup a datagram leaves at once.
      lookup: (host, _, callback) => callback(null, host, own.family),
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject);
      socket.bind(listen.port, own.address, () => {
        socket.off('error', reject);
        resolve();
      });
    });
    return new UdpBridge(options, socket, { host: canonical(other.address), port: peer.port });
  }

  private constructor(
    { bus, wire, config, log, clock }: UdpBridgeOptions,
    socket: Socket,
    peer: { readonly host: string; readonly port: number },
  ) {
    this.#socket = socket;
    this.#peer = peer;
    this.#log = log;
    this.#maxFrameOctets = ETHERNET_HEADER_OCTETS + config.mtu;
    const { address, port } = socket.address();
    this.address = { host: address, port };
    socket.setRecvBufferSize(RECEIVE_BUFFER_OCTETS);
    this.port = new WirePort({
      bus,
      wire,
      name: `${wire}_udp`,
      interfaceIndex: 1,
      mac: 0,
      bridge: this.#stations,
      mtu: config.mtu,
      offload: config.offload,
      fcs: config.fcs,
      isInput: false,
      wireImpairment: config.impairment,
      log,
      clock,
    });
    this.port.onFrames((frames) => this.#send(frames));
    socket.on('message', (frame, from) => this.#receive(frame, from));
    socket.on('error', (error) => this.#failed(error));
  }

  #receive(frame: Buffer, { address, port, size }: RemoteInfo): void {
    const counts = this.#counts;
    if (this.#isClosed) return;
    if (port !== this.#peer.port || address !== this.#peer.host) {
      counts.rx_foreign += 1;
      return;
    }
    if (size < ETHERNET_HEADER_OCTETS || size > this.#maxFrameOctets) {
      counts.rx_length_errors += 1;
      return;
    }
    counts.rx_frames += 1;
    counts.rx_octets += size;
    // A station that sends from behind the peer is not on this wire, or no longer.
    this.#stations.forget(readUint48(frame, 6));
    this.port.send([
      {
        interfaceIndex: 1,
        frame,
        tail: undefined,
        headroomOctets: 0,
        segmentSize: 0,
        checksum: 'complete',
        trace: undefined,
        fcs: undefined,
        sourcePort: undefined,
      },
    ]);
  }

  #send(frames: LinkFrame[]): void {
    for (const frame of fitFrames(frames, NO_OFFLOAD, this.#onUnfit)) this.#sendOne(frame);
  }

  readonly #onUnfit = () => {
    this.#counts.tx_dropped += 1;
  };

  #sendOne({ frame, tail }: LinkFrame): void {
    const counts = this.#counts;
    if (this.#isClosed || this.#inFlight >= TRANSMIT_QUEUE_FRAMES) {
      counts.tx_dropped += 1;
      return;
    }
    this.#inFlight += 1;
    // A copy: the frame's memory may be used again before the datagram has left.
    const octets = Buffer.concat([frame, ...(tail ?? [])]);
    this.#socket.send(octets, this.#peer.port, this.#peer.host, (error) => {
      this.#inFlight -= 1;
      if (error) return this.#failed(error);
      counts.tx_frames += 1;
      counts.tx_octets += octets.byteLength;
    });
  }

  /** The frame is lost, as on a wire. */
  #failed(error: Error): void {
    if (this.#isClosed) return;
    this.#counts.tx_errors += 1;
    this.#log.debug({ err: error }, 'a frame could not be sent by UDP');
  }

  health(): Health {
    return HEALTHY;
  }

  /**
   * `rx_foreign`: datagrams of others than the peer; `rx_length_errors`: too short or too long for
   * a frame of the wire; `tx_dropped`: no room, or not a frame for the wire; `wire_…`: at the port
   * on the wire.
   */
  counters(): Counters {
    const wire = this.port.counters();
    return {
      ...this.#counts,
      wire_rx_dropped: wire.rxDropped,
      wire_rx_crc_errors: wire.rxCrcErrors,
      wire_rx_malformed: wire.rxMalformed,
      wire_tx_dropped: wire.txDropped,
      wire_stations_evicted: this.#stations.evicted,
    };
  }

  stop(): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    this.#isClosed = true;
    this.port.close();
    return new Promise((resolve) => {
      this.#socket.close(() => resolve());
    });
  }
}

/** The text of an address as `node:dgram` gives that of a sender. */
function canonical(address: string): string {
  return isIPv6(address) ? new SocketAddress({ address, family: 'ipv6' }).address : address;
}
