import type { Bus } from '@strata/bus';
import type { RoutingState } from '@strata/contract';
import type { NetworkCore } from '@strata/network';
import { askControl, ControlError, type Logger } from '@strata/runtime';
import { routeInfo } from './core.ts';

/** Time until a notice that link did not answer is sent again. */
const RETRY_MS = 1_000;

/** The routes of a core, and the interfaces on which it forwards. */
export function routingState(core: NetworkCore): RoutingState {
  const forwardingInterfaces = core.forwardingInterfaces();
  const routes = core.routes().map(routeInfo);
  return forwardingInterfaces.length === 0 ? { routes } : { routes, forwardingInterfaces };
}

export interface RoutesNoticeOptions {
  readonly bus: Bus;
  readonly stack: string;
  readonly core: NetworkCore;
  readonly log: Logger;
}

/**
 * Tells link the routes when they change: link's ARP answers by them (arp_filter, proxy_arp). A
 * link that is not running asks when it starts.
 */
export class RoutesNotice {
  readonly #options: RoutesNoticeOptions;
  /** The version that link has been told. */
  #told = -1;
  #isTelling = false;
  #isStopped = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: RoutesNoticeOptions) {
    this.#options = options;
  }

  /** To be called whenever the routes may have changed. It costs one comparison if not. */
  check(): void {
    const version = this.#options.core.routingVersion();
    if (version === this.#told || this.#isTelling || this.#isStopped) return;
    this.#isTelling = true;
    void this.#tell(version);
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  async #tell(version: number): Promise<void> {
    const { bus, stack, core, log } = this.#options;
    try {
      const notice = { kind: 'routes-notice', ...routingState(core) } as const;
      await askControl(bus, stack, 'link', notice, 'routes');
      this.#told = version;
    } catch (error) {
      if (error instanceof ControlError && error.code === 'not-found') this.#told = version;
      else if (!this.#isStopped) {
        log.warn({ err: error }, 'link was not told of the routes; they are told again');
        this.#timer = setTimeout(() => this.#again(), RETRY_MS);
        this.#timer.unref();
        return;
      }
    }
    this.#again();
  }

  #again(): void {
    this.#isTelling = false;
    this.check();
  }
}
