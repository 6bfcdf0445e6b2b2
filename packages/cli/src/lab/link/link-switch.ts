import type { Bus } from '@strata/bus';
import type { ImpairmentSettings } from '@strata/contract';
import { askControl, type Config, hint, interfacesOf } from '@strata/runtime';
import { ApiError } from '@strata/service-console';

const DIRECTIONS = ['in', 'out'] as const;

/** Loses every frame. */
const CUT: ImpairmentSettings = {
  lossRatio: 1,
  duplicateRatio: 0,
  reorderRatio: 0,
  corruptRatio: 0,
  ceMarkRatio: 0,
  delayMs: 0,
  jitterMs: 0,
  rateBitsPerSecond: 0,
  seed: 0,
};

/** A direction of an interface, and its own impairment before the link went down. */
interface Saved {
  readonly stack: string;
  readonly interfaceName: string;
  readonly direction: (typeof DIRECTIONS)[number];
  /** Undefined: it has none of its own. */
  readonly impairment: ImpairmentSettings | undefined;
}

/**
 * Takes links and switches of a lab down and up. A link that is down loses all frames. Its
 * interfaces stay up, as when a cable is cut behind a switch: the stacks do not notice.
 */
export class LinkSwitch {
  readonly #bus: Bus;
  readonly #config: Config;
  readonly #down = new Map<string, readonly Saved[]>();

  constructor(bus: Bus, config: Config) {
    this.#bus = bus;
    this.#config = config;
  }

  /** Whether each link and switch is up, by name. */
  states(): Readonly<Record<string, boolean>> {
    const names = Object.keys(this.#config.wires);
    return Object.fromEntries(names.map((name) => [name, !this.#down.has(name)]));
  }

  /** Does nothing if it is in that state already. Rejects with ApiError, ControlError. */
  async set(link: string, isUp: boolean): Promise<void> {
    const names = Object.keys(this.#config.wires);
    if (!names.includes(link)) {
      const there = `there is: ${names.join(', ')}${hint(link, names)}`;
      throw new ApiError(404, `there is no link or switch ${link}; ${there}.`);
    }
    const saved = this.#down.get(link);
    if (isUp && saved !== undefined) {
      for (const one of saved) await this.#restore(one);
      this.#down.delete(link);
    } else if (!isUp && saved === undefined) {
      const ends = await this.#endsOf(link);
      this.#down.set(link, ends);
      for (const { stack, interfaceName } of ends) await this.#set(stack, interfaceName, CUT);
    }
  }

  async #endsOf(link: string): Promise<Saved[]> {
    const ends: Saved[] = [];
    for (const stack of Object.keys(this.#config.stacks)) {
      for (const { name, config } of interfacesOf(this.#config, stack)) {
        if (config.wire === link) ends.push(...(await this.#read(stack, name)));
      }
    }
    return ends;
  }

  async #read(stack: string, interfaceName: string): Promise<Saved[]> {
    const request = { kind: 'impairments', interfaceName } as const;
    const { impairments } = await askControl(this.#bus, stack, 'link', request, 'impairments');
    return DIRECTIONS.map((direction): Saved => {
      const found = impairments.find((one) => one.direction === direction);
      const impairment = found?.fromWire === false ? found.impairment : undefined;
      return { stack, interfaceName, direction, impairment };
    });
  }

  async #restore({ stack, interfaceName, direction, impairment }: Saved): Promise<void> {
    const change = impairment === undefined ? { impairment: CUT, remove: true } : { impairment };
    const request = { kind: 'impairment-set', interfaceName, direction, ...change } as const;
    await askControl(this.#bus, stack, 'link', request, 'impairment');
  }

  async #set(stack: string, interfaceName: string, impairment: ImpairmentSettings): Promise<void> {
    const request = { kind: 'impairment-set', interfaceName, impairment } as const;
    await askControl(this.#bus, stack, 'link', request, 'impairment');
  }
}
