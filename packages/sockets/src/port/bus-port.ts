import { createDirectPort } from './direct-port.ts';
import type { BusPortOptions } from './port-options.ts';
import { createSessionPort } from './session-port.ts';
import type { TransportPort } from './transport-port.ts';

/**
 * The way to transport over the bus. If the bus can lose messages, each socket has a session
 * (createSessionPort()). Otherwise requests and indications go directly (createDirectPort()).
 */
export function createBusPort(options: BusPortOptions): TransportPort {
  return options.bus.lossless ? createDirectPort(options) : createSessionPort(options);
}
