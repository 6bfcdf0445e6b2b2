import { ADDRESS_B, SeededRandom, type TcpPeer, type TcpPeerOptions } from '@strata/simulator';
import { move } from './move.ts';
import type { Manner } from './moving-transport.ts';
import { ShiftedCore } from './shifted-core.ts';

/** How much the clock of the new core differs, milliseconds. */
const BY_MS = -4096;

/**
 * Moves the whole state of the peer's core to a fresh core of the same stack, with another clock.
 */
export function movePeer(peer: TcpPeer, options: TcpPeerOptions, manner: Manner = {}): void {
  const nowMs = peer.nowMs;
  const config = {
    addresses: [{ address: ADDRESS_B, prefixLength: 24, mtuOctets: options.mtuOctets ?? 1500 }],
    secret: new Uint8Array(16).fill(9),
    sysctl: peer.core.sysctl,
    maxPduOctets: options.maxPduOctets,
    startedAtMs: options.startedAtMs,
  };
  // Random numbers after the move differ from those without it. Nothing that is compared may depend
  // on them.
  const to = new ShiftedCore(config, new SeededRandom(2).next, BY_MS);
  move({ from: peer.core, fromMs: nowMs, to, toMs: nowMs, ...manner });
  peer.replaceCore(to);
}

/**
 * Everything that the peer and the application see from now on, in any state: it requests
 * everything, answers everything and waits for everything.
 */
export function whatFollows(peer: TcpPeer): string[] {
  const seen: string[] = [];
  const ids = new Map<unknown, string>();
  // The core chooses ids at random, and times may have rounding errors.
  const plain = (name: string, value: unknown) => {
    if ((name === 'socket' || name === 'listener') && value !== 0) {
      ids.set(value, ids.get(value) ?? `socket ${ids.size}`);
      return ids.get(value);
    }
    if (typeof value === 'number') return Math.round(value * 1e6) / 1e6;
    return value instanceof Uint8Array ? [...value].join(' ') : value;
  };
  const note = (what: string) => {
    seen.push(`${what}:`, ...peer.sentInFull());
    const all = [...peer.told(), ...peer.core.sockets(peer.nowMs)];
    seen.push(...all.map((one) => JSON.stringify(one, plain)));
  };
  const stamp = (value: number) => ({
    options: { timestamps: { value, echo: peer.coreTimestamp } },
  });
  note('at once');
  seen.push(...peer.advance(700));
  note('a retransmission later');
  peer.inject('ACK', { win: 50_000, ...stamp(800) });
  note('all is acknowledged');
  peer.inject('PSH,ACK', { seq: 51, data: 500, win: 50_000, ...stamp(810) });
  note('the hole is filled');
  peer.credit(10_000_000);
  note('the application takes all');
  seen.push(...peer.advance(50));
  peer.write(1200);
  note('the application writes');
  seen.push(...peer.advance(3000));
  peer.inject('SYN', { seq: 0, win: 60_000, options: peer.synOptions });
  note('the SYN comes again');
  peer.inject('ACK', { win: 50_000, ...stamp(820) });
  peer.ask('shutdown');
  note('the application half-closes');
  peer.inject('FIN,ACK', { win: 50_000, ...stamp(830) });
  seen.push(...peer.advance(100));
  note('the peer closes');
  peer.ask('close');
  seen.push(...peer.advance(2_000_000));
  note('all timers are over');
  return seen;
}
