import { crc32 } from 'node:zlib';
import type { ImpairmentSet, InterfaceImpairment } from '@strata/contract';
import { ControlError, type ControlHandlers, hint, type ImpairedPath } from '@strata/runtime';

/** A port whose frames can be impaired. */
export interface ImpairedStation {
  readonly name: string;
  /** A second name of the device. */
  readonly alias?: string | undefined;
  /** The wire that the port is on. Undefined: none. */
  readonly wire: string | undefined;
  readonly impairmentIn: ImpairedPath;
  readonly impairmentOut: ImpairedPath;
  /**
   * The directions that the wire's impairment is for. A TAP in place of the wire has both: the host
   * is the other station.
   */
  readonly wireWays: readonly ('in' | 'out')[];
  /** Whether it is a port of the wire, which other stacks have too. */
  readonly isShared: boolean;
}

export interface ImpairmentParts {
  readonly stack: string;
  /** The interfaces, and the ports of the TAP devices on their wires. */
  readonly stations: () => readonly ImpairedStation[];
}

/** With one seed, both directions would lose the same frames of their sequences. */
const IN_SEED = 0x5bd1e995;

/** Link's answers about the impairments of its interfaces and of their wires. */
export function impairmentHandlers({ stack, stations }: ImpairmentParts): ControlHandlers {
  const find = (name: string): ImpairedStation => {
    const known = stations();
    const station = known.find((it) => it.name === name) ?? known.find((it) => it.alias === name);
    if (station !== undefined) return station;
    const names = known.map((it) => it.name);
    const aliases = known.flatMap((it) => it.alias ?? []);
    const there = `${names.join(', ')}${hint(name, [...names, ...aliases])}`;
    const message = `there is no interface ${name}; there is: ${there}`;
    throw new ControlError('not-found', message, 'ENODEV');
  };
  return {
    'impairment-get': ({ interfaceName, direction }) => {
      const { impairmentIn, impairmentOut } = find(interfaceName);
      const path = direction === 'in' ? impairmentIn : impairmentOut;
      return { kind: 'impairment', impairment: path.settings() };
    },
    'impairment-set': (request) => {
      const path =
        request.wireName === undefined
          ? configureInterface(find(request.interfaceName), request)
          : configureWire(stack, stations(), request.wireName, request);
      return { kind: 'impairment', impairment: path.settings() };
    },
    impairments: ({ interfaceName }) => ({
      kind: 'impairments',
      impairments: (interfaceName === '' ? stations() : [find(interfaceName)]).flatMap(
        (station) => [impairmentOf(station, 'in'), impairmentOf(station, 'out')],
      ),
    }),
  };
}

/** Returns a path that was configured. */
function configureInterface(
  { impairmentIn, impairmentOut }: ImpairedStation,
  { impairment, direction = 'both', remove = false }: ImpairmentSet,
): ImpairedPath {
  const inSeed = direction === 'both' ? (impairment.seed ^ IN_SEED) >>> 0 : impairment.seed;
  if (direction !== 'in') impairmentOut.configure(remove ? undefined : impairment);
  if (direction !== 'out') {
    impairmentIn.configure(remove ? undefined : { ...impairment, seed: inSeed });
  }
  return direction === 'in' ? impairmentIn : impairmentOut;
}

/** Returns a path that was configured. */
function configureWire(
  stack: string,
  stations: readonly ImpairedStation[],
  wire: string,
  { impairment, remove = false }: ImpairmentSet,
): ImpairedPath {
  const onWire = stations.filter((it) => it.wire === wire);
  const [first] = onWire;
  if (first === undefined) {
    const wires = [...new Set(stations.flatMap((it) => it.wire ?? []))];
    const there = wires.length === 0 ? 'it is on none' : `it is on: ${wires.join(', ')}`;
    throw new ControlError(
      'not-found',
      `the stack is not on a wire ${wire}; ${there}${hint(wire, wires)}`,
    );
  }
  for (const station of onWire) {
    // A port that several stacks configure has the same sequence, whoever is the last.
    const owner = station.isShared ? wire : stack;
    for (const way of station.wireWays) {
      const path = way === 'in' ? station.impairmentIn : station.impairmentOut;
      // With one sequence, all stations would lose the same frames of theirs.
      const seed = (impairment.seed ^ crc32(`${owner} ${station.name} ${way}`)) >>> 0;
      path.configureWire(remove ? undefined : { ...impairment, seed });
    }
  }
  return first.impairmentOut;
}

function impairmentOf(station: ImpairedStation, direction: 'in' | 'out'): InterfaceImpairment {
  const path = direction === 'in' ? station.impairmentIn : station.impairmentOut;
  const { owner } = path;
  const { frames, octets } = path.backlog();
  return {
    interfaceName: station.name,
    direction,
    impairment: owner === undefined ? undefined : path.settings(),
    wireName: station.wire,
    fromWire: owner === 'wire',
    counters: { ...path.counters() },
    backlogFrames: frames,
    backlogOctets: octets,
    shared: station.isShared,
  };
}
