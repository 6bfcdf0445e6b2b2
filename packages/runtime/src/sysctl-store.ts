import type { SysctlValue as ControlSysctl } from '@strata/contract';
import { KNOBS, type SysctlLayer, sysctlKey } from './config/knobs.ts';
import { parseSysctl, SysctlError, type SysctlValue, sysctlNames } from './config/sysctl.ts';
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
    const values = this.#options.read();
    const known = sysctlNames(this.#options.layer).filter((name) => sysctlKey(name) in values);
    if (names.length === 0) return known.map((name) => format(name, values[sysctlKey(name)]));
    return names.map((name) => {
      if (!known.includes(name)) throw notFound(name, this.#options.layer);
      return format(name, values[sysctlKey(name)]);
    });
  }

  /**
   * Changes a knob and returns its new value. Throws ControlError `not-found` and `out-of-range`.
   */
  set(name: string, text: string): ControlSysctl {
    const { layer, read, change } = this.#options;
    const key = sysctlKey(name);
    if (!sysctlNames(layer).includes(name) || !(key in read())) throw notFound(name, layer);
    if (KNOBS.find((knob) => knob.name === name)?.effect === 'at start') {
      throw new ControlError(
        'out-of-range',
        `${name} takes effect when the stack starts: set it in the config`,
      );
    }
    try {
      change({ [key]: parseSysctl(name, text) });
    } catch (error) {
      if (!(error instanceof SysctlError)) throw error;
      throw new ControlError('out-of-range', `${name}: '${text}' ${error.message}`);
    }
    return format(name, read()[key]);
  }
}

/** Formats a value as /proc/sys shows it, with tabs between several numbers. */
function format(name: string, value: unknown): ControlSysctl {
  return { name, value: Array.isArray(value) ? value.join('\t') : String(value) };
}

function notFound(name: string, layer: SysctlLayer): ControlError {
  return new ControlError('not-found', `${layer} has no knob ${name}`);
}
