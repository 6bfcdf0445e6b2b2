import type { LinkIndication, LinkRequest } from '@strata/link';
import {
  type Allocate,
  allocateWithHeadroom,
  type IpAddress,
  isUnspecified,
  knobsOf,
  type Outcome,
  UNSPECIFIED_IPV4,
} from '@strata/wire';
import type { InterfaceConfig, NetworkConfig, RouteConfig } from './config.ts';
import type { NetworkContext, NetworkPdu } from './context.ts';
import type { NetworkCounters } from './counters.ts';
import { createContext } from './create-context.ts';
import { reassemblyDeadlineMs } from './fragments/reassembly.ts';
import { reject } from './icmp/icmp-errors.ts';
import { listen } from './igmp/listen.ts';
import type { LinkGroups } from './igmp/state.ts';
import { igmpDeadlineMs, runIgmpTimers } from './igmp/timers.ts';
import { giveUpLateDatagrams } from './input/local-deliver.ts';
import type { Martian } from './input/martian.ts';
import { handleLoopback, handlePacket } from './input/receive.ts';
import { handleUnreachable } from './input/unreachable.ts';
import { LOOPBACK_INDEX } from './interfaces.ts';
import { sweepFlows } from './nat/nat-state.ts';
import { send } from './output/send.ts';
import type { NetworkIndication, NetworkRequest } from './pdu.ts';
import type { ProbeRequest } from './probe/probe.ts';
import type { SessionEvent } from './probe/probe-state.ts';
import { endSession, expireProbes, useSession } from './probe/probe-table.ts';
import { sendProbe } from './probe/send-probe.ts';
import type { NetworkOutcome } from './reasons.ts';
import { changeInterfaces } from './routing/follow-interfaces.ts';
import { confirmPathMtu } from './routing/path-mtu.ts';
import { findPath } from './routing/paths.ts';
import type { Route, RouteHow, RouteMatch } from './routing/route.ts';
import type { PathMtu } from './routing/route-exceptions.ts';
import { type RouteAnswer, routeTo } from './routing/route-to.ts';
import { changeSysctl, listNetworkKnobs, type NetworkKnobs } from './sysctl.ts';

/** How the stack reaches a destination. */
export interface SourceChoice {
  /** The address to send from. */
  readonly source: IpAddress;
  /** Octets of the largest packet that the path is known to carry. */
  readonly mtu: number;
  /** 0: the stack itself. */
  readonly interfaceIndex: number;
}

/**
 * The network layer of one host: IPv4 (RFC 791, RFC 1122 3), routing, ICMP (RFC 792), fragments. It
 * is a state machine without I/O, clock or randomness of its own.
 *
 * Order of calls. First the inputs `handleIndication`, `handleRequest`, `probe` and
 * `handleTimeout`, in any order, with `nowMs` (fractional milliseconds, never less than before).
 * Then `pollLinkRequest`, `pollLinkGroups`, `pollIndication`, `pollProbeEvent` and, if the core is
 * observed, `pollOutcome`, each until it returns undefined. Then `nextDeadlineMs`: call
 * `handleTimeout` at that time at the latest. Several inputs may come before the polls. The control
 * calls (`addRoute`, `setSysctl`, …) may come at any time and produce no output.
 *
 * The bytes of an input belong to the core; it copies what it keeps after the call. Bytes that go
 * out are the caller's.
 */
export class NetworkCore {
  readonly #context: NetworkContext;
  #routingVersion = 0;

  /**
   * Throws NetworkError where the configuration is not valid: NETWORK_BAD_INTERFACE,
   * NETWORK_BAD_ADDRESS, NETWORK_BAD_ROUTE, NETWORK_ROUTE_EXISTS, NETWORK_GATEWAY_UNREACHABLE,
   * NETWORK_BAD_SYSCTL.
   *
   * @param random a uniform number in [0, 1) that peers cannot predict: identifications come from
   * it
   * @param allocate memory for packets that are made here
   */
  constructor(
    config: NetworkConfig,
    random: () => number,
    allocate: Allocate = allocateWithHeadroom,
  ) {
    this.#context = createContext(config, random, allocate);
  }

  /** Handles an indication from link. Never throws because of what a peer sent. */
  handleIndication(indication: LinkIndication, nowMs: number): NetworkOutcome {
    const { outcomes } = this.#context;
    if (outcomes.isOn) outcomes.begin('indication', indication.kind, indication, nowMs);
    const outcome =
      indication.kind === 'packet'
        ? handlePacket(this.#context, indication, nowMs)
        : handleUnreachable(this.#context, indication, nowMs);
    this.#drainLoopback(nowMs);
    return outcome;
  }

  /**
   * Handles a request from transport. A packet that cannot be sent comes back as an error
   * indication.
   */
  handleRequest(request: NetworkRequest, nowMs: number): NetworkOutcome {
    const { outcomes } = this.#context;
    if (outcomes.isOn) outcomes.begin('request', request.kind, request, nowMs);
    const outcome = handleRequest(this.#context, request, nowMs);
    this.#drainLoopback(nowMs);
    return outcome;
  }

  /**
   * Sends probes of a session; `pollProbeEvent` gives what becomes of them. `session`: 0 for a new
   * one. Returns the session's number; undefined: there is no such session, and nothing was sent.
   * No probes: the session is used, so that it does not end. Throws NetworkError NETWORK_BAD_PROBE
   * if a field is out of range, then the probes before it were sent, or if there are too many
   * sessions.
   */
  probe(session: number, requests: readonly ProbeRequest[], nowMs: number): number | undefined {
    const used = useSession(this.#context, session, nowMs);
    if (used === undefined) return undefined;
    const { outcomes } = this.#context;
    for (const request of requests) {
      if (outcomes.isOn) outcomes.begin('control', 'probe', undefined, nowMs);
      sendProbe(this.#context, used, request, nowMs);
    }
    this.#drainLoopback(nowMs);
    return used;
  }

  /** Whether the session of probes exists. */
  hasProbeSession(session: number): boolean {
    return this.#context.probes.sessions.has(session);
  }

  /** Ends a session of probes. */
  endProbes(session: number): void {
    endSession(this.#context, session);
  }

  /** Handles expired timers: gives up late datagrams and probes, sends IGMP's reports. */
  handleTimeout(nowMs: number): void {
    giveUpLateDatagrams(this.#context, nowMs);
    expireProbes(this.#context, nowMs);
    runIgmpTimers(this.#context, nowMs);
    const { nat } = this.#context;
    if (nat !== undefined) sweepFlows(nat, nowMs);
    this.#drainLoopback(nowMs);
  }

  /** The next packet for link, or undefined. */
  pollLinkRequest(): LinkRequest | undefined {
    return this.#context.toLink.shift();
  }

  /** All groups that an interface listens to, for link; undefined: no change. */
  pollLinkGroups(): LinkGroups | undefined {
    return this.#context.igmp.toLink.shift();
  }

  /** The next segment or error for transport, or undefined. */
  pollIndication(): NetworkIndication | undefined {
    return this.#context.toTransport.shift();
  }

  /** What became of a probe, or undefined. At most 8,192 wait. */
  pollProbeEvent(): SessionEvent | undefined {
    return this.#context.probes.events.shift();
  }

  /**
   * A packet with impossible addresses, to be logged (`log_martians`). Undefined: none. At most 10
   * wait, and at most 10 come in 5 s.
   */
  pollMartian(): Martian | undefined {
    return this.#context.martians.poll();
  }

  /**
   * Whether `pollOutcome` reports what the core does, and why. Off by default; it costs nothing
   * while off.
   */
  observe(on: boolean): void {
    this.#context.outcomes.observe(on);
  }

  /**
   * An outcome: what the core did with an input or because of a timer. Undefined: none. At most
   * 65,536 wait.
   */
  pollOutcome(): Outcome<NetworkPdu> | undefined {
    return this.#context.outcomes.poll();
  }

  /** Outcomes lost so far, because too many waited. */
  lostOutcomes(): number {
    return this.#context.outcomes.lost;
  }

  /** When `handleTimeout` has something to do, in milliseconds. Infinity: never. */
  nextDeadlineMs(): number {
    return Math.min(
      reassemblyDeadlineMs(this.#context),
      this.#context.probes.deadlineMs,
      igmpDeadlineMs(this.#context),
      this.#context.nat?.sweepAtMs ?? Infinity,
    );
  }

  /**
   * How the stack would reach a destination. `interfaceIndex`: 0, or the interface to use in place
   * of the one that the routes choose.
   */
  sourceFor(
    destination: IpAddress,
    nowMs: number,
    interfaceIndex = 0,
  ): SourceChoice | 'unreachable' {
    const path = findPath(this.#context, UNSPECIFIED_IPV4, destination, interfaceIndex, nowMs);
    if (typeof path === 'string' || isUnspecified(path.source)) return 'unreachable';
    return { source: path.source, mtu: path.mtu, interfaceIndex: path.interface.index };
  }

  /** The routing table, longest prefix first, connected routes included. */
  routes(): Route[] {
    return this.#context.routes.list();
  }

  /**
   * Adds a route and forgets all redirects. Throws NetworkError as the constructor does for routes.
   */
  addRoute(config: RouteConfig, how: RouteHow = 'add'): Route {
    const route = this.#context.routes.add(config, how);
    this.#routingVersion += 1;
    this.#context.exceptions.forgetGateways();
    return route;
  }

  /**
   * Deletes the first route that matches, and forgets all redirects. Returns the route, or
   * undefined where none matched.
   */
  deleteRoute(match: RouteMatch): Route | undefined {
    const route = this.#context.routes.delete(match);
    this.#routingVersion += 1;
    if (route !== undefined) this.#context.exceptions.forgetGateways();
    return route;
  }

  /** Another number whenever `routes` or `forwardingInterfaces` may have changed. */
  routingVersion(): number {
    return this.#routingVersion;
  }

  /** The interfaces that forward (`net.ipv4.conf.IFNAME.forwarding`), by index. */
  forwardingInterfaces(): number[] {
    const { interfaces, conf } = this.#context;
    return interfaces.all
      .map(({ index }) => index)
      .filter((index) => index !== LOOPBACK_INDEX && knobsOf(conf, index).forwarding === 1);
  }

  /**
   * The way that a packet to this destination would take, as `ip route get` tells it. `source`:
   * 0.0.0.0: none is chosen. `interfaceIndex`: 0, or the interface to use.
   */
  routeTo(
    destination: IpAddress,
    source: IpAddress,
    interfaceIndex: number,
    nowMs: number,
  ): RouteAnswer {
    return routeTo(this.#context, destination, source, interfaceIndex, nowMs);
  }

  /**
   * Replaces the interfaces but loopback, with the routes that follow from them. Throws
   * NetworkError, and changes nothing: NETWORK_BAD_INTERFACE, NETWORK_BAD_ADDRESS.
   */
  setInterfaces(interfaces: readonly InterfaceConfig[]): void {
    changeInterfaces(this.#context, interfaces);
    this.#routingVersion += 1;
  }

  /** The interfaces with their addresses, loopback first. */
  addresses(): readonly InterfaceConfig[] {
    return this.#context.interfaces.all;
  }

  /** Paths whose MTU is known to be smaller than their interface's. */
  pathMtus(nowMs: number): PathMtu[] {
    return this.#context.exceptions.pathMtus(nowMs);
  }

  /** A copy of the counters. */
  counters(): NetworkCounters {
    return { ...this.#context.counters };
  }

  /** Octets of memory that waiting fragments take. */
  reassemblyOctets(): number {
    return this.#context.reassembly.memoryOctets;
  }

  /** A copy of the sysctls. */
  sysctl(): NetworkKnobs {
    return listNetworkKnobs(this.#context.sysctl, this.#context.conf);
  }

  /** Changes sysctls, all or none. Throws NetworkError: NETWORK_BAD_SYSCTL. */
  setSysctl(changes: Partial<NetworkKnobs>): void {
    changeSysctl(this.#context.sysctl, this.#context.conf, changes);
    this.#routingVersion += 1;
  }

  /** Takes in what the stack sent to itself. Sending never calls it, so nothing recurses. */
  #drainLoopback(nowMs: number): void {
    const { loopback, outcomes } = this.#context;
    for (let looped = loopback.shift(); looped; looped = loopback.shift()) {
      if (outcomes.isOn) outcomes.turnTo(looped);
      handleLoopback(this.#context, looped, nowMs);
    }
  }
}

function handleRequest(
  context: NetworkContext,
  request: NetworkRequest,
  nowMs: number,
): NetworkOutcome {
  switch (request.kind) {
    case 'send':
      return send(context, request, nowMs);
    case 'reject':
      return reject(context, request, nowMs);
    case 'path-mtu':
      return confirmPathMtu(context, request, nowMs);
    case 'group':
      return listen(context, request, nowMs);
  }
}
