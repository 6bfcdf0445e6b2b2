import type { NetworkSendRequest } from '@strata/network';
import { ADDRESS_A, ADDRESS_B, established, synSent, type TcpPeer } from '@strata/simulator';
import { TcpSegment, UNSPECIFIED_IPV4 } from '@strata/wire';
import { TransportCore } from '../src/index.ts';
import { afterRoundTrip, infoOf, MSS, RTT_MS, sack } from './recovery-kit.ts';
import { createUdp } from './udp-kit.ts';

/**
 * Ten segments in flight; the first arrives after `late` others. Returns the reordering degree
 * afterwards.
 */
function degreeAfter(peer: TcpPeer, late: number): number {
  peer.write(10 * MSS);
  peer.advance(RTT_MS);
  sack(peer, 1, [2, 2 + late]);
  sack(peer, 2 + late);
  return infoOf(peer).reorderingSegments;
}

const REORDERING_SEEN = { tcp_recovery: 5 };

describe('tcp_reordering', () => {
  it('is the initial value of a connection: a change applies to later ones', () => {
    const peer = established();
    peer.core.sysctl.tcp_reordering = 7;
    expect(infoOf(peer).reorderingSegments).toBe(3);
    expect(infoOf(established({ sysctl: { tcp_reordering: 7 } })).reorderingSegments).toBe(7);
  });
});

describe('tcp_max_reordering', () => {
  it('is the maximum reordering degree, however late a segment arrives', () => {
    expect(degreeAfter(afterRoundTrip({ sysctl: REORDERING_SEEN }), 6)).toBe(7);
    const sysctl = { ...REORDERING_SEEN, tcp_max_reordering: 5 };
    expect(degreeAfter(afterRoundTrip({ sysctl }), 6)).toBe(5);
  });

  it('takes effect at once', () => {
    const peer = afterRoundTrip({ sysctl: REORDERING_SEEN });
    peer.core.sysctl.tcp_max_reordering = 4;
    expect(degreeAfter(peer, 6)).toBe(4);
  });
});

describe('tcp_min_rtt_wlen', () => {
  /**
   * Round trips of 100 ms for two minutes, after one of 10 ms. Returns the minimum round trip then.
   */
  const leastAfter = (seconds: number) => {
    const peer = established({ sysctl: { tcp_min_rtt_wlen: 300 } });
    peer.core.sysctl.tcp_min_rtt_wlen = seconds;
    for (let i = 0; i < 1200; i += 1) {
      peer.write(1);
      peer.advance(i === 0 ? 10 : 100);
      peer.inject('ACK', { ack: 2 + i });
      peer.sent();
    }
    return infoOf(peer).minRttMs;
  };

  it('is the time window of the minimum round trip, at once', () => {
    expect(leastAfter(60)).toBeCloseTo(100, 6);
    // This builder's handshake takes no time.
    expect(leastAfter(300)).toBeCloseTo(0, 6);
  });
});

describe('tcp_min_snd_mss', () => {
  const lengthOf = (sysctl: object) => {
    const peer = established({ synOptions: { mss: 20 }, maxPduOctets: 1, sysctl });
    peer.write(1000);
    return peer.sentSegments()[0]!.payload.byteLength;
  };

  it('is the minimum segment size, whatever the peer announces', () => {
    expect(lengthOf({})).toBe(48);
    expect(lengthOf({ tcp_min_snd_mss: 100 })).toBe(100);
  });
});

/** The SYN of a stack with one interface. */
function synOf(sysctl: object, mtuOctets = 1500) {
  const local = { address: ADDRESS_A, port: 40_000 };
  const addresses = [{ address: ADDRESS_A, prefixLength: 24, mtuOctets }];
  const core = new TransportCore({ addresses, secret: new Uint8Array(16), sysctl }, () => 0.5);
  const remote = { address: ADDRESS_B, port: 80 };
  const common = { socket: 64, endpoint: 'app', options: {}, creditOctets: 65_536 };
  core.handleRequest({ kind: 'connect', local, remote, ...common }, 0);
  const sent = core.pollNetworkRequest() as NetworkSendRequest;
  const segment = TcpSegment.parse(sent.segment) as TcpSegment;
  return { dontFragment: sent.dontFragment, mss: segment.options.mss };
}

describe('min_adv_mss', () => {
  it('is the minimum MSS that is announced, if the MTU of the interface is smaller', () => {
    expect(synOf({}, 296).mss).toBe(256);
    expect(synOf({}, 200).mss).toBe(256);
    expect(synOf({ min_adv_mss: 100 }, 200).mss).toBe(160);
    expect(synOf({ min_adv_mss: 536 }, 296).mss).toBe(536);
  });
});

describe('ip_no_pmtu_disc', () => {
  it.each([
    [0, true],
    [1, false],
    [2, false],
    [3, true],
  ])('of %d: a TCP packet has DF: %s', (mode, dontFragment) => {
    expect(synOf({ ip_no_pmtu_disc: mode }).dontFragment).toBe(dontFragment);
  });
});

describe('tcp_base_mss and tcp_mtu_probing', () => {
  it('2 applies to new connections, with the segment size of that time', () => {
    const lengthOf = (before: object, after: object) => {
      const peer = established({ maxPduOctets: 1, sysctl: before });
      Object.assign(peer.core.sysctl, after);
      peer.write(5000);
      return peer.sentSegments()[0]!.payload.byteLength;
    };
    const on = { tcp_mtu_probing: 2, tcp_base_mss: 700 };
    expect(lengthOf(on, { tcp_mtu_probing: 0, tcp_base_mss: 900 })).toBe(700);
    expect(lengthOf({}, on)).toBe(1460);
  });
});

describe('net.core.rmem_default', () => {
  const taken = (rmem_default: number) => {
    const { context, bind, arrive, counters } = createUdp();
    context.sysctl.rmem_default = rmem_default;
    bind(1, UNSPECIFIED_IPV4, 53, { creditOctets: 0 });
    for (let i = 0; i < 1000; i += 1) arrive({});
    return 1000 - counters.UdpRcvbufErrors;
  };

  it('is the receive buffer of a UDP socket without its own', () => {
    expect(taken(10_000)).toBeGreaterThan(0);
    expect(taken(100_000) / taken(10_000)).toBeGreaterThan(6);
  });
});

describe('options offered by a SYN', () => {
  const all = { mss: 1460, windowScale: 3, sackPermitted: true };
  const knobs = (value: number) => ({
    tcp_timestamps: value,
    tcp_sack: value,
    tcp_window_scaling: value,
  });

  it('stay offered if the sysctls change before the answer: the peer has accepted them', () => {
    const peer = synSent({ show: { options: true } });
    Object.assign(peer.core.sysctl, knobs(0));
    const [again] = peer.advance(1000);
    expect(again).toMatch(/<mss 1460,sackOK,ts,wscale 7>/);
    const timestamps = { value: 1, echo: peer.coreTimestamp };
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { ...all, timestamps } });
    const [tcb] = peer.core.connections();
    expect(tcb).toMatchObject({ timestampsOn: true, sackOn: true, windowScalingOn: true });
    expect(tcb).toMatchObject({ sndWndShift: 3, rcvWndShift: 7 });
  });

  it('stay the only ones: an option allowed since is not used', () => {
    const peer = synSent({ sysctl: knobs(0) });
    Object.assign(peer.core.sysctl, knobs(1));
    const timestamps = { value: 1, echo: 0 };
    peer.inject('SYN,ACK', { seq: 0, ack: 1, options: { ...all, timestamps } });
    const [tcb] = peer.core.connections();
    expect(tcb).toMatchObject({ timestampsOn: false, sackOn: false, windowScalingOn: false });
  });
});
