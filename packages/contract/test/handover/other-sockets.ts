/**
 * State that is not a connection: UDP sockets, listeners that share a port, and the state of a
 * whole stack.
 */
import { ADDRESS_A, ADDRESS_B, SeededRandom } from '@strata/simulator';
import { TransportCore, type TransportRequest, type TransportSysctl } from '@strata/transport';
import {
  allocateWithHeadroom,
  emitTcpHeader,
  PROTOCOL_TCP,
  parseIpv4,
  TCP_SYN,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import { move } from './move.ts';
import type { Manner } from './moving-transport.ts';
import { emitUdpDatagram } from './udp-datagram.ts';

/** A core of the stack that this file uses. */
export function makeCore(
  startedAtMs = 0,
  sysctl: Partial<TransportSysctl> = {},
  random = new SeededRandom(5),
): TransportCore {
  const addresses = [{ address: ADDRESS_B, prefixLength: 24, mtuOctets: 1500 }];
  const secret = new Uint8Array(16).fill(3);
  return new TransportCore({ addresses, secret, sysctl, startedAtMs }, random.next);
}

/** A UDP socket with all options. Its application has taken few of the datagrams that came. */
export const DATAGRAM_SOCKET = 4 * 64;

export function bindDatagramSocket(core: TransportCore, nowMs: number): void {
  const ask = (request: TransportRequest) => core.handleRequest(request, nowMs);
  ask({
    kind: 'bind',
    socket: DATAGRAM_SOCKET,
    endpoint: 'app',
    local: { address: ADDRESS_B, port: 53 },
    receiveBufferOctets: 2400,
    reuseAddress: true,
    broadcast: true,
    creditOctets: 100,
  });
  ask({ kind: 'set-options', socket: DATAGRAM_SOCKET, options: { ttl: 9, tos: 0x40 } });
  ask({
    kind: 'set-group',
    socket: DATAGRAM_SOCKET,
    group: parseIpv4('239.1.2.3')!,
    interfaceAddress: ADDRESS_B,
    mode: 'exclude',
    sources: [{ address: ADDRESS_A }],
  });
  for (let i = 0; i < 5; i += 1) {
    core.handleIndication(emitUdpDatagram(90 + i * 300, i), nowMs);
  }
}

/** Makes two listeners share a port. A cookie was sent for the first, so the second is next. */
export function listenTogether(core: TransportCore, nowMs: number): void {
  for (const socket of [64, 128]) {
    core.handleRequest(
      {
        kind: 'listen',
        socket,
        endpoint: `app ${socket}`,
        local: { address: ADDRESS_B, port: 80 },
        backlog: 5,
        reusePort: true,
        options: { noDelay: true, ttl: 7 },
      },
      nowMs,
    );
  }
  const syn = allocateWithHeadroom(20);
  emitTcpHeader(syn, {
    sourcePort: 5000,
    destinationPort: 80,
    sequence: 7,
    acknowledgment: 0,
    flags: TCP_SYN,
    window: 1000,
    urgentPointer: 0,
    options: {},
  });
  const from = { source: ADDRESS_A, destination: ADDRESS_B, protocol: PROTOCOL_TCP };
  const manner = { kind: 'segment', ttl: 64, tos: 0, interfaceIndex: 1, cast: 'unicast' } as const;
  const segment = { segment: syn, segmentSize: 0, checksum: 'verified', trace: undefined } as const;
  core.handleIndication({ ...manner, ...from, ...segment }, nowMs);
}

/** Polls all outputs and discards them. */
export function drain(core: TransportCore): void {
  while (core.pollIndication() !== undefined || core.pollNetworkRequest() !== undefined);
}

/** Moves all of these sockets at once. */
export function moveOtherSockets(manner: Manner): void {
  const sysctl = { tcp_syncookies: 2, tcp_challenge_ack_limit: 5 };
  const from = makeCore(0, sysctl);
  bindDatagramSocket(from, 1000);
  listenTogether(from, 1000);
  from.handleRequest(
    {
      kind: 'connect',
      socket: 3 * 64,
      endpoint: 'app',
      local: { address: UNSPECIFIED_IPV4, port: 0 },
      remote: { address: ADDRESS_A, port: 9 },
      options: {},
      creditOctets: 0,
    },
    1000,
  );
  drain(from);
  move({ from, fromMs: 1500, to: makeCore(-512, sysctl), toMs: 988, ...manner });
}
