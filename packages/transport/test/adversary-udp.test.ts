import { SeededRandom } from '@strata/simulator';
import { UNSPECIFIED_IPV4 } from '@strata/wire';
import type { TransportIndication } from '../src/pdu.ts';
import type { SocketId } from '../src/tcp/state/socket.ts';
import { ADVERSARY_SECONDS, adversarySeeds } from './adversary-kit.ts';
import { require } from './tcp-pair-kit.ts';
import { createUdp, datagramFrom, HERE, PEER, SECOND, SUBNET_BROADCAST } from './udp-kit.ts';

const PORTS = [53, 54, 55] as const;

/** A model of an application with UDP ports, which checks what transport does. */
class Ports {
  readonly open = new Map<SocketId, { received: number; credit: number }>();
  readonly gone = new Set<SocketId>();

  take(told: TransportIndication): void {
    const { socket, kind } = told;
    require(!this.gone.has(socket), `${kind} after closed`);
    const port = this.open.get(socket);
    require(port !== undefined, `${kind} of a socket that nobody knows`);
    if (kind === 'closed') {
      this.open.delete(socket);
      this.gone.add(socket);
    } else if (kind === 'datagram') {
      port!.received += told.data.byteLength;
      require(port!.received <= port!.credit, `${port!.received} octets of ${port!.credit}`);
    } else require(kind === 'bound' || kind === 'error', `${kind} of a UDP port`);
  }
}

function arrive(udp: ReturnType<typeof createUdp>, random: SeededRandom): void {
  const data = new Uint8Array(random.pick([0, 1, 100, 1472, 65_507])).fill(random.integer(0, 255));
  const destination = random.pick([HERE, HERE, SECOND, SUBNET_BROADCAST]);
  const port = random.pick([...PORTS, 0, 9999]);
  const whole = datagramFrom(PEER, destination, random.pick([4000, 0, 53]), port, data);
  const segment = whole.segment.slice(0, random.chance(0.1) ? random.integer(0, 20) : undefined);
  // Change the length, the checksum, or any octet.
  if (random.chance(0.3) && segment.byteLength > 0) {
    const at = random.pick([4, 5, 6, 7, random.integer(0, segment.byteLength - 1)]);
    if (at < segment.byteLength) segment[at] = random.integer(0, 255);
  }
  const cast = destination === SUBNET_BROADCAST ? 'broadcast' : 'unicast';
  udp.arrive({ ...whole, segment, cast });
}

function hearError(udp: ReturnType<typeof createUdp>, random: SeededRandom): void {
  const quoted = new Uint8Array(random.pick([0, 7, 8, 100]));
  const local = random.pick(PORTS);
  if (quoted.byteLength > 1) quoted[1] = local;
  udp.udp.handleError({
    kind: 'error',
    reporter: PEER,
    type: random.pick([3, 4, 11, 12]),
    code: random.integer(0, 15),
    mtu: random.pick([0, 68, 1400]),
    protocol: 17,
    source: HERE,
    destination: PEER,
    quoted,
  });
}

function run(seed: number): void {
  const random = new SeededRandom(seed, 7);
  const udp = createUdp();
  const ports = new Ports();
  let next: SocketId = 1;
  const bind = () => {
    const credit = random.pick([0, 1000, 100_000]);
    ports.open.set(next, { received: 0, credit });
    udp.bind(next, random.pick([UNSPECIFIED_IPV4, HERE]), random.pick(PORTS), {
      creditOctets: credit,
      reuseAddress: random.chance(0.5),
      broadcast: random.chance(0.5),
      receiveBufferOctets: random.pick([2304, 100_000]),
    });
    next += 1;
  };
  for (let step = 0; step < 150; step += 1) {
    const choice = random.next();
    const socket = random.pick([...ports.open.keys(), 0]);
    const port = ports.open.get(socket);
    if (choice < 0.6) arrive(udp, random);
    else if (choice < 0.7) hearError(udp, random);
    else if (choice < 0.8 && ports.open.size < 5) bind();
    else if (port === undefined) continue;
    else if (choice < 0.9) {
      port.credit += random.pick([0, 1, 5000, 200_000]);
      udp.udp.handleRequest({ kind: 'credit', socket, limitOctets: port.credit });
    } else if (choice < 0.97)
      udp.send(socket, random.pick([PEER, SUBNET_BROADCAST, UNSPECIFIED_IPV4]), 7);
    else udp.udp.handleRequest({ kind: 'close', socket });
    for (const told of udp.take()) ports.take(told);
    for (const sent of udp.sent.splice(0)) {
      require(sent.kind !== 'send' || sent.segment.byteLength >= 8, 'a header is too short');
    }
    for (const { queuedOctets } of udp.udp.sockets()) {
      require(queuedOctets <= 100_000 + 65_507 + 64, `${queuedOctets} octets wait`);
    }
  }
  for (const socket of ports.open.keys()) udp.udp.handleRequest({ kind: 'close', socket });
  for (const told of udp.take()) ports.take(told);
  require(ports.open.size === 0, `${ports.open.size} ports never were closed`);
  require(udp.udp.sockets().length === 0, 'ports are left');
}

describe('UDP under attack (T21)', () => {
  it(
    'limits its memory, keeps to the credit, and closes each port once, whatever arrives',
    () => {
      for (const seed of adversarySeeds(100)) {
        try {
          run(seed);
        } catch (error) {
          throw new Error(`STRATA_ADVERSARY_SEED=${seed}: ${error}`, { cause: error });
        }
      }
    },
    (ADVERSARY_SECONDS + 60) * 1000,
  );
});
