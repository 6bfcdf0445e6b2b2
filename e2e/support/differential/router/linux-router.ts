import { execFileSync } from 'node:child_process';
import { until } from '@strata/conformance';
import { openTap, type TapDevice } from '@strata/tap';
import {
  EthernetFrame,
  formatIpv4,
  formatMac,
  IcmpMessage,
  Ipv4Packet,
  isParseError,
  PROTOCOL_ICMP,
} from '@strata/wire';
import { freshNamespace } from '../../stacks.ts';
import { answerText } from './answers.ts';
import { icmp } from './packets.ts';
import { LINKS, Places, ROUTES, SIDES, type Side } from './places.ts';
import { makeFrame, type Router, type RouterScenario, type Sent } from './scenario.ts';

/** The scenario number of the marker's hosts, and the identifier of its echo requests. */
const MARKER_NUMBER = 9_000;
const MARKER_IDENTIFIER = 0x4d4b;

/**
 * Linux as a router, in a network namespace between two TAP devices. Linux processes a frame while
 * it takes it from the TAP, so an echo request behind the scenario's frames marks the end of their
 * answers.
 */
export class LinuxRouter implements Router {
  readonly #netns: string;
  readonly #taps: Readonly<Record<Side, TapDevice>>;
  readonly #markerPlaces = new Places(MARKER_NUMBER);
  #answers: Record<Side, string[]> = { left: [], right: [] };
  #marked: Record<Side, number> = { left: 0, right: 0 };
  #marker = 0;
  #sent: readonly Sent[] = [];
  #places = this.#markerPlaces;

  private constructor(netns: string, taps: Readonly<Record<Side, TapDevice>>) {
    this.#netns = netns;
    this.#taps = taps;
    for (const side of SIDES) {
      taps[side].onFrames((frames) => {
        for (const { frame } of frames) this.#take(side, frame);
      });
    }
  }

  /** `scenarios`: how many there will be. */
  static start(scenarios: number): LinuxRouter {
    const netns = freshNamespace();
    const left = openLink(netns, 'left');
    let right: TapDevice | undefined;
    try {
      right = openLink(netns, 'right');
      configure(netns, scenarios);
      return new LinuxRouter(netns, { left, right });
    } catch (error) {
      right?.close();
      left.close();
      throw error;
    }
  }

  stop(): void {
    for (const side of SIDES) this.#taps[side].close();
  }

  async run(scenario: RouterScenario, number: number): Promise<readonly string[]> {
    const { knobs = {}, frames, waitMs = 0 } = scenario;
    const before = this.#readKnobs(Object.keys(knobs));
    this.#writeKnobs(knobs);
    try {
      const places = new Places(number);
      this.#places = places;
      this.#answers = { left: [], right: [] };
      this.#sent = frames.map((one) => makeFrame(one, places));
      for (const { side, frame } of this.#sent) this.#write(side, frame);
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      await this.#mark();
      return [...this.#answers.left, ...this.#answers.right];
    } finally {
      this.#writeKnobs(before);
    }
  }

  async #mark(): Promise<void> {
    this.#marker += 1;
    const payload = icmp(8, 0, 8, MARKER_IDENTIFIER * 65_536 + this.#marker);
    for (const side of SIDES) {
      const marker = { id: 1, side, from: side, to: `router.${side}`, payload };
      this.#write(side, makeFrame(marker, this.#markerPlaces).frame);
    }
    await until('the answer to a marker', () =>
      SIDES.every((side) => this.#marked[side] === this.#marker),
    );
  }

  #write(side: Side, frame: Uint8Array): void {
    if (this.#taps[side].write([{ frame }]) !== 1) throw new Error('Linux took no frame');
  }

  #take(side: Side, frame: Uint8Array): void {
    const marker = markerOf(frame);
    if (marker !== undefined) {
      this.#marked[side] = marker;
      return;
    }
    const text = answerText(side, frame, this.#sent, this.#places);
    if (text !== undefined) this.#answers[side].push(text);
  }

  #readKnobs(names: readonly string[]): Record<string, number> {
    if (names.length === 0) return {};
    const paths = names.map((name) => `net.ipv4.${name}`);
    const lines = inNamespace(this.#netns, ['sysctl', '-n', ...paths])
      .trim()
      .split('\n');
    return Object.fromEntries(names.map((name, at) => [name, Number(lines[at])]));
  }

  #writeKnobs(knobs: Readonly<Record<string, number>>): void {
    const settings = Object.entries(knobs).map(([name, value]) => `net.ipv4.${name}=${value}`);
    if (settings.length > 0) inNamespace(this.#netns, ['sysctl', '-q', '-w', ...settings]);
  }
}

/** The number of an answered marker. Undefined: the frame is something else. */
function markerOf(frame: Uint8Array): number | undefined {
  const ethernet = EthernetFrame.parse(frame);
  if (isParseError(ethernet)) return undefined;
  const packet = Ipv4Packet.parse(ethernet.payload);
  if (isParseError(packet) || packet.protocol !== PROTOCOL_ICMP) return undefined;
  const message = IcmpMessage.parse(packet.payload);
  if (isParseError(message) || message.type !== 0) return undefined;
  return message.identifier === MARKER_IDENTIFIER ? message.sequence : undefined;
}

function openLink(netns: string, name: Side): TapDevice {
  const { mac, mtu, address, prefixLength } = LINKS[name];
  const addresses = [`${address}/${prefixLength}`];
  return openTap({ netns, name, mac: formatMac(mac), mtu, addresses, virtioHeader: false });
}

function inNamespace(netns: string, command: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', netns, ...command], { encoding: 'utf8' });
}

function configure(netns: string, scenarios: number): void {
  const neighbours = [...Array(scenarios).keys(), MARKER_NUMBER]
    .flatMap((number) => new Places(number).neighbours())
    .map(({ side, address, mac }) => {
      const [ip, lladdr] = [formatIpv4(address), formatMac(mac)];
      return `neigh replace ${ip} lladdr ${lladdr} dev ${side} nud permanent`;
    });
  const routes = ROUTES.map((route) => {
    const kind = 'kind' in route ? `${route.kind} ` : '';
    const via = 'via' in route ? ` via ${route.via}` : '';
    const mtu = 'mtu' in route ? ` mtu ${route.mtu}` : '';
    return `route add ${kind}${route.to}${via}${mtu}`;
  });
  const input = ['link set lo up', ...routes, ...neighbours].join('\n');
  execFileSync('ip', ['-n', netns, '-batch', '-'], { input });
  const knobs = Object.entries(KNOBS).map(([name, value]) => `net.ipv4.${name}=${value}`);
  inNamespace(netns, ['sysctl', '-q', '-w', ...knobs]);
}

/** Knobs of both routers: they forward, and give up soon on a station that does not answer ARP. */
export const KNOBS: Readonly<Record<string, number>> = {
  'conf.all.forwarding': 1,
  'conf.all.rp_filter': 0,
  'conf.left.rp_filter': 0,
  'conf.right.rp_filter': 0,
  // Linux reads `default` when the interface is made, which was before.
  'conf.left.accept_source_route': 1,
  'conf.right.accept_source_route': 1,
  icmp_msgs_per_sec: 100_000,
  icmp_msgs_burst: 100_000,
  'neigh.left.retrans_time_ms': 50,
  'neigh.left.mcast_solicit': 2,
  'neigh.right.retrans_time_ms': 50,
  'neigh.right.mcast_solicit': 2,
};
