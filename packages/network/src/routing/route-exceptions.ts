import type { IpAddress } from '@strata/wire';
import type { NetworkSysctl } from '../sysctl.ts';

/** Knowledge about the path to one host that the stack learned, beyond the routing table. */
export interface PathException {
  readonly destination: IpAddress;
  /** Octets; 0: the interface's MTU holds. */
  readonly mtu: number;
  /**
   * The report was below `min_pmtu`. The MTU is `min_pmtu`, and packets go without DF, so that
   * routers fragment them.
   */
  readonly isLocked: boolean;
  /** When the MTU is forgotten (RFC 1191 6.3). */
  readonly mtuExpiresAtMs: number;
  /** The gateway that a redirect named; undefined: the route's. */
  readonly gateway: IpAddress | undefined;
  readonly gatewayExpiresAtMs: number;
}

/** A path MTU as users see it. */
export interface PathMtu {
  readonly destination: IpAddress;
  readonly mtu: number;
  readonly isLocked: boolean;
  readonly expiresAtMs: number;
}

/** Hosts that are remembered. A new one replaces the one that was updated longest ago. */
const MAX_EXCEPTIONS = 4096;
/** How long a redirect is followed: Linux's RT_GC_TIMEOUT. */
const REDIRECT_LIFETIME_MS = 300_000;
/** RFC 1191 7.1: plausible MTUs, for routers that report none. */
const PLATEAUS = [32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296, 68];

/** The plateau below a packet of this many octets that did not fit (RFC 1191 5). */
export function plateauBelow(totalOctets: number): number {
  return PLATEAUS.find((plateau) => plateau < totalOctets) ?? 68;
}

/** Path MTUs and redirects by destination host. The number is bounded, and each one expires. */
export class RouteExceptions {
  readonly #sysctl: NetworkSysctl;
  readonly #byDestination = new Map<IpAddress, PathException>();

  constructor(sysctl: NetworkSysctl) {
    this.#sysctl = sysctl;
  }

  /** The current exception for the destination, or undefined. */
  find(destination: IpAddress, nowMs: number): PathException | undefined {
    if (this.#byDestination.size === 0) return undefined;
    const found = this.#byDestination.get(destination);
    if (found === undefined) return undefined;
    const keepsMtu = found.mtu !== 0 && nowMs < found.mtuExpiresAtMs;
    const keepsGateway = found.gateway !== undefined && nowMs < found.gatewayExpiresAtMs;
    if (keepsMtu === (found.mtu !== 0) && keepsGateway === (found.gateway !== undefined)) {
      return found;
    }
    this.#byDestination.delete(destination);
    if (!keepsMtu && !keepsGateway) return undefined;
    const rest: PathException = {
      ...found,
      mtu: keepsMtu ? found.mtu : 0,
      isLocked: keepsMtu && found.isLocked,
      gateway: keepsGateway ? found.gateway : undefined,
    };
    this.#byDestination.set(destination, rest);
    return rest;
  }

  /**
   * Handles a report that packets above `mtu` octets do not pass. `current`: the path MTU believed
   * so far. Returns the path MTU from now on. A report never raises it (RFC 1191 3).
   */
  lowerMtu(destination: IpAddress, mtu: number, current: number, nowMs: number): number {
    const old = this.find(destination, nowMs);
    const { min_pmtu, mtu_expires } = this.#sysctl;
    const isLocked = mtu < min_pmtu;
    const lowered = isLocked ? Math.min(current, min_pmtu) : mtu;
    const isNews = isLocked
      ? lowered < current || !old?.isLocked
      : lowered < current || (lowered === current && old?.mtu === lowered);
    if (!isNews) return current;
    this.#put({
      destination,
      mtu: lowered,
      isLocked,
      mtuExpiresAtMs: nowMs + mtu_expires * 1000,
      gateway: old?.gateway,
      gatewayExpiresAtMs: old?.gatewayExpiresAtMs ?? 0,
    });
    return lowered;
  }

  /** Uses this gateway to the destination, until the redirect expires. */
  redirect(destination: IpAddress, gateway: IpAddress, nowMs: number): void {
    const old = this.find(destination, nowMs);
    this.#put({
      destination,
      mtu: old?.mtu ?? 0,
      isLocked: old?.isLocked ?? false,
      mtuExpiresAtMs: old?.mtuExpiresAtMs ?? 0,
      gateway,
      gatewayExpiresAtMs: nowMs + REDIRECT_LIFETIME_MS,
    });
  }

  /** Forgets all redirects, because the routes have changed. Path MTUs stay. */
  forgetGateways(): void {
    for (const found of this.#byDestination.values()) this.#forgetGateway(found);
  }

  /**
   * Forgets the redirect for the destination, because nothing answers through that gateway (RFC
   * 1122 3.3.1.4). Its path MTU stays.
   */
  forgetGatewayTo(destination: IpAddress): void {
    const found = this.#byDestination.get(destination);
    if (found !== undefined) this.#forgetGateway(found);
  }

  #forgetGateway(found: PathException): void {
    const { destination, gateway, mtu } = found;
    if (gateway === undefined) return;
    if (mtu === 0) this.#byDestination.delete(destination);
    else this.#byDestination.set(destination, { ...found, gateway: undefined });
  }

  pathMtus(nowMs: number): PathMtu[] {
    const list: PathMtu[] = [];
    for (const { destination } of [...this.#byDestination.values()]) {
      const found = this.find(destination, nowMs);
      if (found === undefined || found.mtu === 0) continue;
      const { mtu, isLocked, mtuExpiresAtMs } = found;
      list.push({ destination, mtu, isLocked, expiresAtMs: mtuExpiresAtMs });
    }
    return list;
  }

  #put(exception: PathException): void {
    this.#byDestination.delete(exception.destination);
    if (this.#byDestination.size >= MAX_EXCEPTIONS) {
      for (const oldest of this.#byDestination.keys()) {
        this.#byDestination.delete(oldest);
        break;
      }
    }
    this.#byDestination.set(exception.destination, exception);
  }
}
