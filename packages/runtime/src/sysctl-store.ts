import type { SysctlValue as ControlSysctl } from '@strata/contract';
import { knobOf, type SysctlLayer, sysctlKey, sysctlName } from './config/knobs.ts';
import { hint } from './config/problems/similar-names.ts';
import { parseSysctl, SysctlError, type SysctlValue } from './config/sysctl.ts';
import { ControlError } from './control-error.ts';

export interface SysctlStoreOptions {
  readonly layer: SysctlLayer;
  /** The core's knobs by the core's names (without `net.ipv4.`). */
  read(): Readonly<Record<string, unknown>>;
  /** Changes a knob of the core. */
  change(changes: Record<string, SysctlValue>): void;
}

/** A layer's knobs by their Linux names, to read and change while it runs. */
export class SysctlStore {
  readonly #options: SysctlStoreOptions;

  constructor(options: SysctlStoreOptions) {
    this.#options = options;
  }

  /**
   * The knobs with these names. No names: all. Throws ControlError `not-found` for an unknown name.
   */
  list(names: readonly string[]): ControlSysctl[] {
    const known = this.#known();
    const asked = names.length === 0 ? [...known.keys()].sort() : names;
    return asked.map((name) => {
      if (!known.has(name)) throw this.#notFound(name, known.keys());
      return format(name, known.get(name));
    });
  }

  /**
   * Changes a knob and returns its new value. Throws ControlError `not-found` and `out-of-range`.
   */
  set(name: string, text: string): ControlSysctl {
    const known = this.#known();
    if (!known.has(name)) throw this.#notFound(name, known.keys());
    if (knobOf(name)?.effect === 'at start') {
      throw new ControlError(
        'out-of-range',
        `${name} takes effect when the stack starts: set it in the config`,
      );
    }
    try {
      this.#options.change({ [sysctlKey(name)]: parseSysctl(name, text) });
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error;
      throw new ControlError('out-of-range', `${name}: '${text}' ${error.message}`);
    }
    return format(name, this.#known().get(name));
  }

  /** The values of the core by the knobs' Linux names. */
  #known(): Map<string, unknown> {
    const { layer, read } = this.#options;
    const known = new Map<string, unknown>();
    for (const [key, value] of Object.entries(read())) {
      const name = sysctlName(layer, key);
      if (name !== undefined) known.set(name, value);
    }
    return known;
  }

  #notFound(name: string, known: Iterable<string>): ControlError {
    const { layer } = this.#options;
    return new ControlError('not-found', `${layer} has no knob ${name}${hint(name, known)}`);
  }
}

/** Formats a value as /proc/sys shows it, with tabs between several numbers. */
function format(name: string, value: unknown): ControlSysctl {
  return { name, value: Array.isArray(value) ? value.join('\t') : String(value) };
}
