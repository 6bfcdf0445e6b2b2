import { loadAddon } from './addon.ts';
import { TapError } from './errors.ts';
import { explain } from './native-failure.ts';

/** Whether TAP devices can be opened, and if not, why, in words for the person at the terminal. */
export type TapAvailability =
  | { readonly available: true }
  | { readonly available: false; readonly reason: string };

/**
 * Whether this process may open a TAP device in its own namespace: the system, the addon,
 * /dev/net/tun and the rights are there. The kernel is asked, and no interface is made.
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
