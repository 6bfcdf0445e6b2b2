/** Checks of the wires, and of the TAP devices that join the host to them. */
import { formatIpv4, formatMac, type IpAddress } from '@strata/wire';
import type { Path } from '../problems/faults.ts';
import { serviceTapOf } from '../resolve.ts';
import type { TapConfig } from '../schema.ts';
import { type Check, Owners } from './context.ts';
import { formatAddress } from './stack.ts';

/** A datagram over IPv4 holds 65,507 octets; a frame has an Ethernet header of 14. */
const MAX_UDP_MTU = 65_507 - 14;

/**
 * Refuses two stations with one address, two devices with one name, and two services for one
 * device.
 */
export function checkWires(check: Check): void {
  const { wires, stacks } = check.config;
  const stations = new Stations(check);
  const devices = new Owners<string>(check);
  for (const [name, { tap, udp, mtu }] of Object.entries(wires)) {
    const path = ['wires', name, 'tap'];
    if (udp !== undefined && mtu > MAX_UDP_MTU) {
      const most = `should be ${MAX_UDP_MTU} octets at most with udp, so that a frame fits into a datagram`;
      check.refuse(['wires', name, 'mtu'], `${mtu} ${most}`);
    }
    if (tap === undefined) continue;
    stations.addTap(name, path, tap);
    checkDevice(check, path, tap, devices);
  }
  for (const [stack, { interfaces }] of Object.entries(stacks)) {
    interfaces.forEach(({ wire, tap, addresses, mac }, index) => {
      const at = ['stacks', stack, 'interfaces', index];
      // The interface names both, which is refused elsewhere; it is unknown which one is meant.
      if (wire !== undefined && tap !== undefined) return;
      // An interface with its own TAP shares a wire only with the host.
      const segment = wire ?? `the TAP of ${check.say(at)}`;
      if (tap !== undefined) {
        stations.addTap(segment, [...at, 'tap'], tap);
        checkDevice(check, [...at, 'tap'], tap, devices);
      }
      stations.addMac(segment, [...at, 'mac'], mac);
      addresses.forEach(({ address }, n) => {
        stations.addAddress(segment, [...at, 'addresses', n], address);
      });
    });
  }
  for (const wire of Object.keys(wires)) checkServiceTap(check, wire);
}

/** The stations of all wires: on one wire no two may have the same address. */
class Stations {
  readonly #addresses: Owners<string>;
  readonly #macs: Owners<string>;

  constructor(check: Check) {
    this.#addresses = new Owners(check);
    this.#macs = new Owners(check);
  }

  addTap(wire: string, path: Path, { address, mac }: TapConfig): void {
    if (address !== undefined) this.addAddress(wire, [...path, 'address'], address.address);
    this.addMac(wire, [...path, 'mac'], mac);
  }

  addAddress(wire: string, path: Path, address: IpAddress): void {
    const text = formatIpv4(address);
    const describe = (owner: string) =>
      `${text} is already the address of ${owner}: should be another address`;
    this.#addresses.claim(`${wire} ${address}`, path, describe);
  }

  addMac(wire: string, path: Path, mac: number | undefined): void {
    if (mac === undefined) return;
    const text = formatMac(mac);
    const describe = (owner: string) =>
      `${text} is already the address of ${owner}: should be another address`;
    this.#macs.claim(`${wire} ${mac}`, path, describe);
  }
}

function checkDevice(check: Check, path: Path, tap: TapConfig, devices: Owners<string>): void {
  const { name, netns, address } = tap;
  if (!check.isDoubtful([...path, 'name']) && !check.isDoubtful([...path, 'netns'])) {
    const where = netns === undefined ? '' : ` in namespace ${netns}`;
    devices.claim(
      `${netns ?? ''} ${name}`,
      [...path, 'name'],
      (owner) => `${name} is already the name of ${owner}${where}: should be another name`,
    );
  }
  if (address?.prefixLength !== 32) return;
  check.refuse(
    [...path, 'address'],
    `${formatAddress(address)} lets the host reach no other station: should have the prefix length of the wire's network, such as ` +
      `${formatIpv4(address.address)}/24`,
  );
}

/** At most one link service of the stacks on a wire may open the wire's TAP. */
function checkServiceTap(check: Check, wire: string): void {
  const { wires, stacks } = check.config;
  if (wires[wire]?.tap === undefined) return;
  let first: string | undefined;
  for (const [stack, { interfaces }] of Object.entries(stacks)) {
    const path = ['stacks', stack, 'serviceTap'];
    if (!interfaces.some((entry) => entry.wire === wire) || check.isDoubtful(path)) continue;
    const use = serviceTapOf(check.config, stack);
    if (use === 'none') continue;
    if (first === undefined) {
      first = stack;
      continue;
    }
    check.refuse(
      path,
      `${use}: the service of stack ${first} already opens the TAP of wire ${wire}: should be none in one of the two stacks`,
    );
  }
}
