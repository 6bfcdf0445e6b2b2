import {
  established,
  listening,
  SeededRandom,
  synReceived,
  synSent,
  TcpPeer,
} from '@strata/simulator';
import { parseIpv4, TCP_SYN, TcpSegment, UNSPECIFIED_IPV4 } from '@strata/wire';
import { TransportCore } from '../src/core.ts';
import type { TransportIndication } from '../src/pdu.ts';

const ip = (text: string) => parseIpv4(text)!;

/** A stack with two addresses. */
function twoAddresses(): TransportCore {
  return new TransportCore(
    {
      addresses: [
        { address: ip('192.0.2.2'), prefixLength: 24, mtuOctets: 1500 },
        { address: ip('10.0.0.2'), prefixLength: 8, mtuOctets: 1500 },
      ],
      secret: new Uint8Array(16).fill(3),
    },
    new SeededRandom(1).next,
  );
}

/** The core connects. Returns its segments and indications. */
function connect(core: TransportCore, to: string, from = '0.0.0.0', localPort = 0, socket = 64) {
  core.handleRequest(
    {
      kind: 'connect',
      socket,
      endpoint: 'app',
      local: { address: ip(from), port: localPort },
      remote: { address: ip(to), port: 80 },
      options: {},
      creditOctets: 1000,
    },
    0,
  );
  return polled(core);
}

function polled(core: TransportCore) {
  const sent = [];
  for (let request = core.pollNetworkRequest(); request; request = core.pollNetworkRequest()) {
    if (request.kind === 'send') sent.push(request);
  }
  const told: TransportIndication[] = [];
  for (let one = core.pollIndication(); one; one = core.pollIndication()) told.push(one);
  return { sent, told };
}

function listen(core: TransportCore, socket: number, address: string, port: number) {
  const local = { address: ip(address), port };
  core.handleRequest(
    { kind: 'listen', socket, endpoint: 'app', local, backlog: 5, options: {} },
    0,
  );
  return polled(core).told;
}

describe('OPEN, active: the local address (RFC 9293 3.9.1.1)', () => {
  it.each([
    ['192.0.2.7', '192.0.2.2'],
    ['10.9.9.9', '10.0.0.2'],
    ['203.0.113.1', '192.0.2.2'],
  ])('is chosen as IP does if none is given: to %s from %s (MUST-44)', (to, from) => {
    const [syn] = connect(twoAddresses(), to).sent;
    expect(syn).toMatchObject({ source: ip(from), destination: ip(to) });
  });

  it('is the given one (MUST-43)', () => {
    const [syn] = connect(twoAddresses(), '192.0.2.7', '10.0.0.2').sent;
    expect(syn).toMatchObject({ source: ip('10.0.0.2'), destination: ip('192.0.2.7') });
  });

  it('stays the same for everything the connection sends (MUST-45)', () => {
    const core = twoAddresses();
    connect(core, '192.0.2.7', '10.0.0.2');
    core.handleTimeout(1000);
    core.handleTimeout(3000);
    const { sent } = polled(core);
    expect(sent).toHaveLength(2);
    for (const one of sent) expect(one.source).toBe(ip('10.0.0.2'));
  });

  it('is refused if it is not one of ours', () => {
    const { sent, told } = connect(twoAddresses(), '192.0.2.7', '192.0.2.9');
    expect(sent).toEqual([]);
    expect(told).toMatchObject([{ kind: 'closed', reason: 'address not available' }]);
  });
});

describe('OPEN, active: the remote address (RFC 9293 3.9.2.3)', () => {
  it.each([
    ['a group', '224.0.0.1'],
    ['a group at the end of its range', '239.255.255.255'],
    ['the broadcast address', '255.255.255.255'],
    ['a broadcast address of a subnet', '192.0.2.255'],
    ['another of them', '10.255.255.255'],
    ['no address', '0.0.0.0'],
  ])('is refused at once if it is %s (MUST-46)', (_, to) => {
    const { sent, told } = connect(twoAddresses(), to);
    expect(sent).toEqual([]);
    expect(told).toMatchObject([{ kind: 'closed' }]);
  });
});

describe('OPEN, passive (RFC 9293 3.9.1.1)', () => {
  it('on an address accepts only connections to that address (MUST-43)', () => {
    const core = twoAddresses();
    expect(listen(core, 64, '10.0.0.2', 80)).toMatchObject([{ kind: 'listening' }]);
    for (const to of ['10.0.0.2', '192.0.2.2']) {
      const peer = new TcpPeer();
      const segment = peer.make('SYN', { seq: 0, to: 80 });
      core.handleIndication(
        {
          kind: 'segment',
          source: ip('10.0.0.1'),
          destination: ip(to),
          protocol: 6,
          ttl: 64,
          tos: 0,
          interfaceIndex: 1,
          cast: 'unicast',
          segment,
          segmentSize: 0,
          checksum: 'verified',
          trace: undefined,
        },
        0,
      );
    }
    const flags = polled(core).sent.map(({ segment }) => {
      const view = TcpSegment.parse(segment);
      return typeof view === 'string' ? view : view.flags & TCP_SYN;
    });
    expect(flags).toEqual([TCP_SYN, 0]);
  });

  it.each([
    ['SYN-SENT', synSent],
    ['SYN-RECEIVED', synReceived],
    ['ESTABLISHED', established],
  ])('a second one leaves a connection in %s as it was (MUST-41)', (state, enter) => {
    const peer = enter();
    const connectionsOf = () => peer.core.sockets().filter((one) => one.state !== 'LISTEN');
    const before = connectionsOf();
    const { port } = before[0]!.local;
    for (const socket of [1000, 1001]) {
      const local = { address: UNSPECIFIED_IPV4, port };
      const more = { endpoint: 'other', local, backlog: 5, options: {} };
      peer.request({ kind: 'listen', socket, ...more, reusePort: socket === 1001 });
    }
    expect(connectionsOf()).toEqual(before);
    expect(peer.state).toBe(state);
    expect(peer.sent()).toEqual([]);
  });

  it('is allowed on the port of a connection in SYN-SENT (MUST-42)', () => {
    const core = twoAddresses();
    connect(core, '192.0.2.7', '0.0.0.0', 5000);
    expect(listen(core, 128, '0.0.0.0', 5000)).toMatchObject([{ kind: 'listening' }]);
  });

  it('is allowed on the port of a connection in SYN-RECEIVED (MUST-42)', () => {
    const peer = listening({ reusePort: true });
    peer.inject('SYN', { seq: 0 });
    expect(peer.state).toBe('SYN-RECEIVED');
    // The listener of that connection still listens, and must share the port.
    const local = { address: UNSPECIFIED_IPV4, port: 80 };
    const more = { endpoint: 'other', local, backlog: 5, options: {}, reusePort: true };
    peer.request({ kind: 'listen', socket: 1000, ...more });
    expect(peer.toldKinds()).toEqual(['listening']);
    expect(peer.state).toBe('SYN-RECEIVED');
  });
});
