import { loadAddon } from './addon.ts';
import { TapError } from './errors.ts';
import { explain } from './native-failure.ts';

/** Whether TAP devices can be opened, and if not, the reason, for the person at the terminal. */
export type TapAvailability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/**
 * Whether this process may open a TAP device in its own namespace: checks the system, the addon,
 * /dev/net/tun and the permissions. It asks the kernel, without making an interface.
 */
export function tapAvailable(): TapAvailability {
  try {
    const addon = loadAddon();
    try {
      addon.probe();
    } catch (error) {
      throw explain(error, { name: 'of any name', netns: undefined });
    }
    return { available: true };
  } catch (error) {
    if (!(error instanceof TapError)) throw error;
    return { available: false, reason: error.message };
  }
}
