/** What a config must hold across its fields. */

import { formatIpv4, inPrefix } from '@strata/wire';
import type { ConfigProblem } from './error.ts';
import type { Config, InterfaceConfig, StackConfig } from './schema.ts';

/** The problems of a config whose fields are right one by one; empty where there are none. */
export function checkConfig(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const refuse = (path: string, message: string) => problems.push({ path, message });
  for (const [name, stack] of Object.entries(config.stacks)) {
    checkStack(config, `stacks.${name}`, stack, refuse);
  }
  checkAddressesOnce(config, refuse);
  config.forwards.forEach((forward, index) => {
    if (config.stacks[forward.stack] === undefined) {
      refuse(`forwards[${index}].stack`, unknownName('stack', forward.stack, config.stacks));
    }
  });
  return problems;
}

type Refuse = (path: string, message: string) => void;

function unknownName(kind: string, name: string, known: Readonly<Record<string, unknown>>): string {
  const names = Object.keys(known).join(', ');
  return `there is no ${kind} ${name}; ${names === '' ? 'none is defined' : `defined: ${names}`}`;
}

function checkStack(config: Config, path: string, stack: StackConfig, refuse: Refuse): void {
  const names = new Set<string>();
  stack.interfaces.forEach((entry, index) => {
    const at = `${path}.interfaces[${index}]`;
    checkInterface(config, at, entry, refuse);
    const name = entry.name ?? `eth${index}`;
    if (names.has(name)) refuse(`${at}.name`, `${name} is the name of another interface already`);
    names.add(name);
  });
  stack.routes.forEach((route, index) => {
    const at = `${path}.routes[${index}]`;
    if (route.interface !== undefined && !names.has(route.interface)) {
      const known = Object.fromEntries([...names].map((name) => [name, true]));
      refuse(`${at}.interface`, unknownName('interface', route.interface, known));
    }
    if (route.type !== 'unicast') return;
    if (route.via === undefined && route.interface === undefined) {
      refuse(at, 'should have a gateway (via), an interface, or both');
    }
    if (route.via !== undefined && route.interface === undefined && !reaches(stack, route.via)) {
      refuse(`${at}.via`, `${formatIpv4(route.via)} is in no network of the stack's interfaces`);
    }
  });
}

function reaches(stack: StackConfig, gateway: number): boolean {
  return stack.interfaces.some(({ addresses }) =>
    addresses.some(({ address, prefixLength }) => inPrefix(gateway, address, prefixLength)),
  );
}

function checkInterface(config: Config, at: string, entry: InterfaceConfig, refuse: Refuse): void {
  if ((entry.wire === undefined) === (entry.tap === undefined)) {
    refuse(at, 'should have either a wire or a tap');
    return;
  }
  if (entry.wire === undefined) return;
  const wire = config.wires[entry.wire];
  if (wire === undefined) {
    refuse(`${at}.wire`, unknownName('wire', entry.wire, config.wires));
  } else if (entry.mtu !== undefined && entry.mtu > wire.mtu) {
    refuse(
      `${at}.mtu`,
      `${entry.mtu} is more than the wire ${entry.wire} carries, ${wire.mtu} octets`,
    );
  }
}

/** No two stations of a wire may have the same address. */
function checkAddressesOnce(config: Config, refuse: Refuse): void {
  const owners = new Map<string, string>();
  const claim = (wire: string, address: number, path: string) => {
    const key = `${wire} ${address}`;
    const owner = owners.get(key);
    if (owner !== undefined)
      refuse(path, `${formatIpv4(address)} is the address of ${owner} already`);
    else owners.set(key, path);
  };
  for (const [name, { tap }] of Object.entries(config.wires)) {
    if (tap?.address !== undefined) claim(name, tap.address.address, `wires.${name}.tap.address`);
  }
  for (const [stack, { interfaces }] of Object.entries(config.stacks)) {
    interfaces.forEach(({ wire, tap, addresses }, index) => {
      const at = `stacks.${stack}.interfaces[${index}]`;
      // An interface with a TAP of its own shares a wire with the host alone.
      const segment = wire ?? at;
      if (tap?.address !== undefined) claim(segment, tap.address.address, `${at}.tap.address`);
      addresses.forEach(({ address }, n) => {
        claim(segment, address, `${at}.addresses[${n}]`);
      });
    });
  }
}
