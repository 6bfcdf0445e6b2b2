import type { NetworkErrorIndication, NetworkSegmentIndication } from '@strata/network';
import {
  completeSegmentChecksum,
  firstDatagram,
  isMulticastIpv4,
  isParseError,
  PROTOCOL_UDP,
  readUint16,
  UdpDatagram,
} from '@strata/wire';
import type { TransportContext } from '../context.ts';
import { dropUdp, tookUdp } from '../outcomes.ts';
import { readDatagramError } from './udp-error.ts';
import {
  DATAGRAM_OVERHEAD_OCTETS,
  dequeue,
  enqueue,
  hasCredit,
  type QueuedDatagram,
  type UdpSocketState,
} from './udp-socket.ts';
import type { UdpTable } from './udp-table.ts';

/** What `udp_mem` counts in. */
const MEMORY_PAGE_OCTETS = 4096;

/** Datagrams that come in from network: verified, then brought to the sockets (RFC 768, RFC 1122 4.1). */
export class UdpInput {
  readonly #context: TransportContext;
  readonly #table: UdpTable;

  constructor(context: TransportContext, table: UdpTable) {
    this.#context = context;
    this.#table = table;
  }

  handleSegment(indication: NetworkSegmentIndication): void {
    const { addresses } = this.#context;
    const datagram = UdpDatagram.parse(indication.segment);
    const { source, destination } = indication;
    // RFC 1122 4.1.3.6: a source that cannot be one station's is discarded without a word.
    if (isParseError(datagram)) return dropUdp(this.#context, 'PKT_TOO_SMALL');
    if (isMulticastIpv4(source) || addresses.isBroadcast(source)) {
      return dropUdp(this.#context, 'IP_INVALID_SOURCE');
    }
    if (indication.checksum === 'complete' && !datagram.hasValidChecksum(source, destination)) {
      return dropUdp(this.#context, 'UDP_CSUM');
    }
    if (addresses.isBroadcast(destination) || isMulticastIpv4(destination)) {
      this.#deliverToAll(indication, datagram);
      return;
    }
    const state = this.#table.find(destination, datagram.destinationPort);
    if (state === undefined) this.#reject(indication);
    else this.#deliver(state, indication, datagram, false);
  }

  handleError(error: NetworkErrorIndication): void {
    if (error.quoted.byteLength < 4) return dropUdp(this.#context, 'strata/ICMP_TOO_SHORT');
    const state = this.#table.find(error.source, readUint16(error.quoted, 0));
    if (state === undefined) return dropUdp(this.#context, 'SOCKET_CLOSE');
    const reading = readDatagramError(error);
    if (reading === undefined) return dropUdp(this.#context, 'strata/ICMP_TYPE_IGNORED');
    tookUdp(this.#context);
    this.#context.indicate({
      kind: 'error',
      socket: state.socket,
      endpoint: state.endpoint,
      reason: reading.reason,
      remote: { address: error.destination, port: readUint16(error.quoted, 2) },
      detail: reading.detail,
    });
  }

  /** Hands up what waits, as far as the credit goes. */
  drain(state: UdpSocketState): void {
    const before = state.queuedOctets;
    for (let next = dequeue(state); next !== undefined; next = dequeue(state)) {
      this.#indicate(state, next);
    }
    this.#table.queuedOctets += state.queuedOctets - before;
  }

  #deliverToAll(indication: NetworkSegmentIndication, datagram: UdpDatagram): void {
    const states = this.#table.findAll(indication.destination, datagram.destinationPort);
    if (states.length === 0) this.#reject(indication);
    for (const [i, state] of states.entries()) this.#deliver(state, indication, datagram, i > 0);
  }

  /** A super-datagram is several, each of `segmentSize` octets but the last. `copies`: the bytes are another socket's already. */
  #deliver(
    state: UdpSocketState,
    indication: NetworkSegmentIndication,
    datagram: UdpDatagram,
    copies: boolean,
  ): void {
    const payload = datagram.payload;
    const step = indication.segmentSize === 0 ? payload.byteLength : indication.segmentSize;
    let at = 0;
    do {
      const data = payload.subarray(at, at + step);
      this.#deliverOne(state, {
        local: { address: indication.destination, port: datagram.destinationPort },
        remote: { address: indication.source, port: datagram.sourcePort },
        ttl: indication.ttl,
        data: copies ? data.slice() : data,
        trace: indication.trace,
      });
      at += step;
    } while (at < payload.byteLength);
  }

  #deliverOne(state: UdpSocketState, datagram: QueuedDatagram): void {
    if (state.queue.length === 0 && hasCredit(state, datagram.data.byteLength)) {
      this.#indicate(state, datagram);
      return;
    }
    if (!this.#hasMemory(state, datagram.data.byteLength + DATAGRAM_OVERHEAD_OCTETS)) {
      state.drops += 1;
      return dropUdp(this.#context, 'PROTO_MEM');
    }
    const before = state.queuedOctets;
    // A copy: a view would keep the whole buffer that the datagram came in, which the queue's bound does not count.
    const { outcomes } = this.#context;
    if (!enqueue(state, { ...datagram, data: datagram.data.slice() })) {
      dropUdp(this.#context, 'SOCKET_RCVBUFF');
    } else if (outcomes.isOn) outcomes.report('queued', 'strata/SOCKET_QUEUED', state.socket);
    this.#table.queuedOctets += state.queuedOctets - before;
  }

  /** `udp_mem` bounds what all sockets queue together; below `udp_rmem_min` a socket may queue all the same. */
  #hasMemory(state: UdpSocketState, octets: number): boolean {
    const { udp_mem, udp_rmem_min } = this.#context.sysctl;
    const most = udp_mem[2] * MEMORY_PAGE_OCTETS;
    return this.#table.queuedOctets + octets <= most || state.queuedOctets + octets <= udp_rmem_min;
  }

  #indicate(state: UdpSocketState, datagram: QueuedDatagram): void {
    state.deliveredOctets += datagram.data.byteLength;
    this.#context.counters.UdpInDatagrams += 1;
    this.#context.indicate({
      kind: 'datagram',
      socket: state.socket,
      endpoint: state.endpoint,
      trace: datagram.trace,
      local: datagram.local,
      remote: datagram.remote,
      ttl: datagram.ttl,
      data: datagram.data,
    });
  }

  /** Nobody has the port: the sender is told, where it meant this station alone (RFC 1122 4.1.3.1, 3.2.2). */
  #reject(indication: NetworkSegmentIndication): void {
    dropUdp(this.#context, 'NO_SOCKET');
    if (indication.cast !== 'unicast' || indication.header === undefined) return;
    // What is quoted is the datagram as the sender's wire would carry it: its device was to complete the checksum, or to cut it (RFC 792).
    let { header, segment } = indication;
    if (indication.segmentSize > 0) {
      ({ header, segment } = firstDatagram(header, segment, indication.segmentSize));
    } else if (indication.checksum === 'partial') {
      completeSegmentChecksum(segment, PROTOCOL_UDP);
    }
    const { outcomes } = this.#context;
    if (outcomes.isOn) outcomes.purpose('answered', 'strata/PORT_UNREACHABLE');
    this.#context.emit({
      kind: 'reject',
      code: 'port unreachable',
      header,
      cast: indication.cast,
      interfaceIndex: indication.interfaceIndex,
      segment,
      trace: indication.trace,
    });
  }
}
