import {
  BROADCAST_MAC,
  formatIpv4,
  formatMac,
  type IpAddress,
  ipv4Bits,
  type MacAddress,
  parseIpv4,
} from '@strata/wire';

/** The links of the router. */
export const SIDES = ['left', 'right'] as const;
export type Side = (typeof SIDES)[number];

/** What the router has on each link. The right link is the narrower one. */
export const LINKS = {
  left: { index: 1, mac: 0x020000000001, mtu: 1500, address: '10.1.0.1', prefixLength: 16 },
  right: { index: 2, mac: 0x020000000002, mtu: 1000, address: '10.2.0.1', prefixLength: 16 },
} as const;

/** The router's routes beyond its two links, in the words of `ip route`. */
export const ROUTES = [
  { to: '10.3.0.0/16', via: '10.2.0.2' },
  { to: '10.4.0.0/16', via: '10.1.0.2' },
  { to: '10.5.0.0/16', kind: 'unreachable' },
  { to: '10.6.0.0/16', kind: 'prohibit' },
  { to: '10.7.0.0/16', kind: 'blackhole' },
  { to: '10.8.0.0/16', kind: 'throw' },
  { to: '10.10.0.0/16', via: '10.2.0.2', mtu: 700 },
] as const;

/** Stations that all scenarios share. */
const SHARED: Readonly<Record<string, string>> = {
  'router.left': LINKS.left.address,
  'router.right': LINKS.right.address,
  'gateway.left': '10.1.0.2',
  'gateway.right': '10.2.0.2',
  'broadcast.left': '10.1.255.255',
  'broadcast.right': '10.2.255.255',
};

/**
 * Hosts of which each scenario has its own, so that no rate limit and no cache carries over: the
 * first two octets of the address, and what is added to the third.
 */
const OWN: Readonly<Record<string, readonly [prefix: string, above: number]>> = {
  left: ['10.1', 0],
  /** Another host of the left link. */
  near: ['10.1', 100],
  right: ['10.2', 0],
  /** Another host of the right link. */
  far: ['10.2', 50],
  /** On the right link, but nobody answers ARP for it. */
  silent: ['10.2', 100],
  /** Behind the gateways of the two links. */
  beyond: ['10.3', 0],
  back: ['10.4', 0],
  unreachable: ['10.5', 0],
  prohibit: ['10.6', 0],
  blackhole: ['10.7', 0],
  throw: ['10.8', 0],
  /** Behind the gateway of the right link, on a route with its own MTU. */
  narrow: ['10.10', 0],
  nowhere: ['10.99', 0],
};

/** Hosts with a neighbour entry in the router. */
const NEIGHBOURS = ['left', 'near', 'right', 'far'];

/** The addresses of one scenario by name. */
export class Places {
  readonly #number: number;
  readonly #names = new Map<string, string>();

  /** `number`: the scenario's, from 0 to 9,999. */
  constructor(number: number) {
    this.#number = number;
    for (const name of [...Object.keys(SHARED), ...Object.keys(OWN)]) {
      this.#names.set(formatIpv4(this.address(name)), name);
    }
  }

  /** The address of a name, or of dotted text. */
  address(place: string): IpAddress {
    const own = OWN[place];
    const third = Math.floor(this.#number / 200) + 1;
    const text = own
      ? `${own[0]}.${own[1] + third}.${10 + (this.#number % 200)}`
      : (SHARED[place] ?? place);
    const address = parseIpv4(text);
    if (address === undefined) throw new Error(`no such place: ${place}`);
    return address;
  }

  /** The name of an address, or its dotted text. */
  name(address: IpAddress): string {
    const text = formatIpv4(address);
    return this.#names.get(text) ?? text;
  }

  /** The name of a station by its MAC address. */
  station(mac: MacAddress): string {
    if (mac === BROADCAST_MAC) return 'all';
    for (const name of [...this.#names.values()]) {
      if (macOf(this.address(name)) === mac) return name;
    }
    return formatMac(mac);
  }

  /** The stations on the links that the router knows, and their MAC addresses. */
  neighbours(): { readonly side: Side; readonly address: IpAddress; readonly mac: MacAddress }[] {
    return [...NEIGHBOURS, 'gateway.left', 'gateway.right'].map((name) => {
      const address = this.address(name);
      const side = formatIpv4(address).startsWith('10.1.') ? 'left' : 'right';
      return { side, address, mac: macOf(address) };
    });
  }
}

/** A station's MAC address is made of its IP address. */
export function macOf(address: IpAddress): MacAddress {
  return 0x0201_0000_0000 + ipv4Bits(address);
}
