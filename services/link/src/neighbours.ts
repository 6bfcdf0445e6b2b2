import type {
  NeighbourInfo as ControlNeighbour,
  NeighbourSetMode,
  NeighbourState,
} from '@strata/contract';
import type { NeighbourState as CoreState, LinkCore, NeighbourInfo } from '@strata/link';
import { ControlError, type ControlHandlers, hint, type LayerContext } from '@strata/runtime';
import { formatIpv4, type IpAddress } from '@strata/wire';

export interface NeighbourParts {
  readonly core: LinkCore;
  readonly run: LayerContext['run'];
}

/** Link's answers to `ip neigh`. */
export function neighbourHandlers({ core, run }: NeighbourParts): ControlHandlers {
  const indexOf = (name: string): number => {
    const interfaces = core.interfaces();
    const found = interfaces.find((it) => it.name === name);
    if (found !== undefined) return found.index;
    const names = interfaces.map((it) => it.name);
    const there = `${names.join(', ')}${hint(name, names)}`;
    throw new ControlError('not-found', `there is no interface ${name}; there is: ${there}`);
  };
  return {
    neighbours: () =>
      run((nowMs) =>
        reply([...core.neighbours(nowMs).map(toControl), ...core.proxies().map(proxy)]),
      ),
    'neighbour-set': (setting) =>
      run((nowMs) => {
        const { address, mac, mode } = setting;
        const interfaceIndex = indexOf(setting.interfaceName);
        if (setting.proxy) {
          const isKnown = core.proxies().some((it) => isSame(it, interfaceIndex, address));
          checkMode(mode, isKnown, `proxy ${formatIpv4(address)} on ${setting.interfaceName}`);
          core.addProxy(interfaceIndex, address);
          return reply([proxy({ interfaceIndex, address })]);
        }
        const what = `${formatIpv4(address)} on ${setting.interfaceName}`;
        checkMode(mode, core.neighbour(interfaceIndex, address, nowMs) !== undefined, what);
        const state = setting.state.toUpperCase() as CoreState;
        const set = core.setNeighbour({ interfaceIndex, address, mac, state }, nowMs);
        if (set === 'full') throw new ControlError('failed', `${what}: the table is full`);
        if (set === 'no-mac') {
          const needs = `${what}: a neighbour that is ${setting.state} needs a MAC address`;
          throw new ControlError('out-of-range', needs);
        }
        return reply([toControl(set)]);
      }),
    'neighbour-delete': ({ interfaceName, address, proxy: isProxy }) =>
      run((nowMs) => {
        const interfaceIndex = indexOf(interfaceName);
        const known = core.neighbour(interfaceIndex, address, nowMs);
        const isGone = isProxy
          ? core.deleteProxy(interfaceIndex, address)
          : core.deleteNeighbour(interfaceIndex, address);
        if (isGone) {
          return reply([known && !isProxy ? toControl(known) : proxy({ interfaceIndex, address })]);
        }
        const what = isProxy ? 'proxy address' : 'neighbour';
        const message = `there is no ${what} ${formatIpv4(address)} on ${interfaceName}`;
        throw new ControlError('not-found', message);
      }),
    'neighbours-flush': ({ interfaceName, states, destination }) =>
      run((nowMs) => {
        const filter = {
          interfaceIndex: interfaceName === '' ? undefined : indexOf(interfaceName),
          states: states.map((state) => state.toUpperCase() as CoreState),
          destination,
        };
        return reply(core.flushNeighbours(filter, nowMs).map(toControl));
      }),
  };
}

/** Throws ControlError if an entry that is there, or is not, contradicts the mode. */
function checkMode(mode: NeighbourSetMode, isKnown: boolean, what: string): void {
  if (mode === 'add' && isKnown) throw new ControlError('failed', `there is ${what} already`);
  if (mode === 'change' && !isKnown) throw new ControlError('not-found', `there is no ${what}`);
}

interface ProxyAddress {
  readonly interfaceIndex: number;
  readonly address: IpAddress;
}

function isSame(one: ProxyAddress, interfaceIndex: number, address: IpAddress): boolean {
  return one.interfaceIndex === interfaceIndex && one.address === address;
}

function reply(neighbours: readonly ControlNeighbour[]) {
  return { kind: 'neighbours', neighbours } as const;
}

function toControl(info: NeighbourInfo): ControlNeighbour {
  return {
    interfaceIndex: info.interfaceIndex,
    address: info.address,
    mac: info.mac,
    state: info.state.toLowerCase() as NeighbourState,
    ageMs: age(info.confirmedAgeMs),
    usedAgeMs: age(info.usedAgeMs),
    updatedAgeMs: age(info.updatedAgeMs),
    probes: info.probes,
    proxy: false,
  };
}

function proxy({ interfaceIndex, address }: ProxyAddress): ControlNeighbour {
  const none = { ageMs: 0, usedAgeMs: 0, updatedAgeMs: 0, probes: 0 };
  return { interfaceIndex, address, mac: undefined, state: 'permanent', ...none, proxy: true };
}

function age(ms: number): number {
  return Number.isFinite(ms) ? Math.floor(ms) : 0;
}
