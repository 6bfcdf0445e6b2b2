import { createDirectPort } from './direct-port.ts';
import type { BusPortOptions } from './port-options.ts';
import { createSessionPort } from './session-port.ts';
import type { TransportPort } from './transport-port.ts';

/**
 * The way to transport over the bus: with a session for each socket where the bus may lose
 * something, else straight.
 */
export function createBusPort(options: BusPortOptions): TransportPort {
  return options.bus.lossless ? createDirectPort(options) : createSessionPort(options);
}
