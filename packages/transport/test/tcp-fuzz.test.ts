import {
  ALL_STATES,
  FLAG_NAMES,
  flagsText,
  runSeed,
  SeededRandom,
  seeds,
  type TcpPeer,
} from '@strata/simulator';
import type { TcpOptions } from '@strata/wire';
import { require } from './tcp-pair-kit.ts';

type Name = keyof typeof ALL_STATES;

/** A number near one of the places where something changes: the ISN, what is next, the window's end, half the space. */
function nearby(random: SeededRandom): number {
  const base = random.pick([0, 0, 1, 2, 100, 1460, 65_535, 2 ** 31, 2 ** 31 - 1, -1]);
  return base + random.integer(-3, 3);
}

function anyOptions(random: SeededRandom): TcpOptions {
  const block = () => ({ left: random.uint32(), right: random.uint32() });
  return {
    mss: random.chance(0.2) ? random.pick([0, 1, 88, 536, 1460, 65_535]) : undefined,
    windowScale: random.chance(0.2) ? random.pick([0, 7, 14, 15, 255]) : undefined,
    sackPermitted: random.chance(0.2),
    sack: random.chance(0.2) ? [block(), block()] : undefined,
    timestamps: random.chance(0.2) ? { value: random.uint32(), echo: random.uint32() } : undefined,
  };
}

function anyFlags(random: SeededRandom): string {
  // Mostly what gets past the first checks.
  if (random.chance(0.5)) return random.pick(['ACK', 'PSH,ACK', 'FIN,ACK']);
  let flags = 0;
  for (const [, bit] of FLAG_NAMES) if (random.chance(0.3)) flags |= bit;
  return flagsText(flags);
}

function injectAnything(peer: TcpPeer, random: SeededRandom): void {
  const standing = random.chance(0.5);
  peer.inject(anyFlags(random), {
    seq: standing ? undefined : nearby(random),
    ack: standing ? undefined : nearby(random),
    win: random.pick([0, 1, 1000, 65_535]),
    data: random.pick([0, 0, 1, 10, 1460, 5000]),
    urg: random.integer(0, 65_535),
    options: random.chance(0.5) ? {} : anyOptions(random),
  });
}

function doAnything(peer: TcpPeer, random: SeededRandom): void {
  const choice = random.next();
  if (choice < 0.6) injectAnything(peer, random);
  else if (choice < 0.75) peer.advance(random.pick([0, 1, 40, 200, 1000, 70_000]));
  else if (choice < 0.9) peer.write(random.pick([1, 100, 1460, 20_000]));
  else if (choice < 0.95)
    peer.injectError(random.pick([3, 4, 11]), random.integer(0, 13), { mtu: 68 });
  else if (choice < 0.96) peer.injectRaw(randomBytes(random));
  else if (choice < 0.98) peer.ask(random.pick(['shutdown', 'close']));
  else peer.credit(random.integer(0, 100_000));
}

function randomBytes(random: SeededRandom): Uint8Array {
  return Uint8Array.from({ length: random.integer(0, 80) }, () => random.integer(0, 255));
}

/** What the application was told holds together, whatever the peer does. */
function checkTold(peer: TcpPeer, seen: Map<number, number>, gone: Set<number>): void {
  for (const told of peer.told()) {
    require(!gone.has(told.socket), `${told.kind} after closed`);
    if (told.kind === 'closed') gone.add(told.socket);
    if (told.kind !== 'data') continue;
    const offset = seen.get(told.socket) ?? 0;
    require(told.offset === offset, `data at ${told.offset}, not at ${offset}`);
    seen.set(told.socket, offset + told.data.byteLength);
  }
}

describe('whatever a peer sends (T19, T23)', () => {
  it.each(Object.keys(ALL_STATES) as Name[])(
    '%s: nothing throws, the application hears what makes sense, and in the end nothing is left',
    (name) => {
      for (const seed of seeds(150)) {
        runSeed(`fuzz ${name}`, seed, (value) => {
          const random = new SeededRandom(value, name.length);
          const peer = ALL_STATES[name]({
            maxPduOctets: random.pick([1, 16_384]),
            sysctl: { tcp_retries2: 5, tcp_fin_timeout: 5 },
          });
          const seen = new Map<number, number>();
          const gone = new Set<number>();
          for (let i = 0; i < 60; i += 1) {
            doAnything(peer, random);
            peer.sent();
            checkTold(peer, seen, gone);
          }
          for (const { socket, state } of peer.core.sockets()) {
            if (state !== 'TIME-WAIT') peer.request({ kind: 'abort', socket });
          }
          peer.advance(3_600_000);
          checkTold(peer, seen, gone);
          require(peer.core.nextDeadlineMs() === Infinity, 'a timer is left');
          const left = peer.core.sockets().map((socket) => socket.state);
          require(left.length === 0, `sockets are left: ${left}`);
        });
      }
    },
    60_000,
  );
});
