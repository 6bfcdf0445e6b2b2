import type { NetworkCore, ProbeRequest } from '../src/index.ts';
import { drain, probe } from './network-kit.ts';

/** Sends one probe of a new session; returns the session. */
export function sendProbe(
  core: NetworkCore,
  changes: Partial<ProbeRequest> = {},
  nowMs = 0,
): number {
  return core.probe(0, [probe(changes)], nowMs)!;
}

/** The data of ping: octets that count up, behind the time of sending. */
export function pingData(octets = 56): Uint8Array {
  return Uint8Array.from({ length: octets }, (_, at) => at & 255);
}

export const eventsOf = (core: NetworkCore) => drain(core).probes;
