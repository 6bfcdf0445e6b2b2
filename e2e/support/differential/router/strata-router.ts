import { LinkCore, type LinkSysctl } from '@strata/link';
import { NetworkCore, type NetworkKnobs, type RouteConfig } from '@strata/network';
import { SeededRandom } from '@strata/simulator';
import { parseIpv4 } from '@strata/wire';
import { answerText } from './answers.ts';
import { KNOBS } from './linux-router.ts';
import { LINKS, Places, ROUTES, SIDES, type Side } from './places.ts';
import { makeFrame, type Router, type RouterScenario, type Sent } from './scenario.ts';

/** Our link and network cores as a router, in virtual time. */
export class StrataRouter implements Router {
  run(scenario: RouterScenario, number: number): Promise<readonly string[]> {
    const places = new Places(number);
    const sent = scenario.frames.map((one) => makeFrame(one, places));
    return Promise.resolve(new StrataRun(scenario, places, sent).run());
  }
}

class StrataRun {
  readonly #link: LinkCore;
  readonly #network: NetworkCore;
  readonly #places: Places;
  readonly #sent: readonly Sent[];
  readonly #waitMs: number;
  readonly #answers: Record<Side, string[]> = { left: [], right: [] };
  #nowMs = 0;

  constructor({ knobs, waitMs = 0 }: RouterScenario, places: Places, sent: readonly Sent[]) {
    this.#places = places;
    this.#sent = sent;
    this.#waitMs = waitMs;
    const { link, network } = split({ ...KNOBS, ...knobs });
    const neighbours = places.neighbours();
    const interfaces = SIDES.map((name) => {
      const { index, mac, mtu, address, prefixLength } = LINKS[name];
      const addresses = [{ address: places.address(address), prefixLength }];
      const staticNeighbours = neighbours.filter(({ side }) => side === name);
      return { index, name, mac, mtu, addresses, staticNeighbours };
    });
    const random = new SeededRandom(1).next;
    this.#link = new LinkCore({ interfaces, sysctl: { ...link, ...QUIET } }, random);
    const unixTimeAtZeroMs = Date.now();
    const routes = ROUTES.map(toRoute);
    const config = { interfaces, routes, sysctl: network, unixTimeAtZeroMs };
    this.#network = new NetworkCore(config, random);
  }

  run(): readonly string[] {
    for (const { side, frame } of this.#sent) {
      const interfaceIndex = LINKS[side].index;
      const meta = { segmentSize: 0, checksum: 'complete', trace: undefined } as const;
      const whole = { interfaceIndex, frame: frame.slice(), headroomOctets: 0, ...meta };
      this.#link.handleFrame(whole, this.#nowMs);
      this.#poll();
    }
    this.#pass(this.#waitMs);
    return [...this.#answers.left, ...this.#answers.right];
  }

  /** Lets time pass, and timers expire. */
  #pass(forMs: number): void {
    const endMs = this.#nowMs + forMs;
    for (;;) {
      const nextMs = Math.min(this.#link.nextDeadlineMs(), this.#network.nextDeadlineMs());
      if (nextMs > endMs) break;
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      this.#link.handleTimeout(this.#nowMs);
      this.#network.handleTimeout(this.#nowMs);
      this.#poll();
    }
    this.#nowMs = endMs;
  }

  #poll(): void {
    const [link, network] = [this.#link, this.#network];
    for (let busy = true; busy; ) {
      busy = false;
      for (let up = link.pollIndication(); up; up = link.pollIndication()) {
        network.handleIndication(up, this.#nowMs);
        busy = true;
      }
      for (let down = network.pollLinkRequest(); down; down = network.pollLinkRequest()) {
        link.handleRequest(down, this.#nowMs);
        busy = true;
      }
    }
    for (let out = link.pollFrame(); out; out = link.pollFrame()) {
      const side = out.interfaceIndex === LINKS.left.index ? 'left' : 'right';
      const text = answerText(side, out.frame, this.#sent, this.#places);
      if (text !== undefined) this.#answers[side].push(text);
    }
  }
}

/** Linux announces no addresses by itself. */
const QUIET: Partial<LinkSysctl> = { 'conf.default.arp_notify': 0 };

/** The knobs of each layer. */
function split(knobs: Readonly<Record<string, number>>) {
  const entries = Object.entries(knobs);
  const isLinks = ([name]: [string, number]) => name.startsWith('neigh.') || name.includes('.arp_');
  const link = Object.fromEntries(entries.filter(isLinks));
  const network = Object.fromEntries(entries.filter((one) => !isLinks(one)));
  return { link: link as Partial<LinkSysctl>, network: network as Partial<NetworkKnobs> };
}

function toRoute(route: (typeof ROUTES)[number]): RouteConfig {
  const [destination = '', bits] = route.to.split('/');
  return {
    destination: parseIpv4(destination)!,
    prefixLength: Number(bits),
    via: 'via' in route ? parseIpv4(route.via) : undefined,
    kind: 'kind' in route ? route.kind : undefined,
    mtu: 'mtu' in route ? route.mtu : undefined,
  };
}
