import { BUFFER_KNOBS } from './sysctl/buffer-knobs.ts';
import { GROUP_KNOBS } from './sysctl/group-knobs.ts';
import { HANDSHAKE_KNOBS } from './sysctl/handshake-knobs.ts';
import type { Knob } from './sysctl/knob.ts';
import { LIFETIME_KNOBS } from './sysctl/lifetime-knobs.ts';
import { PATH_KNOBS } from './sysctl/path-knobs.ts';
import { RATE_KNOBS } from './sysctl/rate-knobs.ts';
import { RECOVERY_KNOBS } from './sysctl/recovery-knobs.ts';
import { RETRANSMISSION_KNOBS } from './sysctl/retransmission-knobs.ts';

/**
 * Transport's sysctls (knobs), with Linux's names, defaults, units and meanings. Each knob is one
 * row in one of these tables. All else follows from the row: the type below, the default, the range
 * that control and the config check, and docs/sysctl.md.
 */
const KNOBS = {
  ...HANDSHAKE_KNOBS,
  ...RETRANSMISSION_KNOBS,
  ...RECOVERY_KNOBS,
  ...BUFFER_KNOBS,
  ...LIFETIME_KNOBS,
  ...PATH_KNOBS,
  ...RATE_KNOBS,
  ...GROUP_KNOBS,
};

/**
 * The values of the knobs. They may be changed while the core runs; {@link Knob.effect} says when a
 * change takes effect.
 */
export type TransportSysctl = {
  -readonly [Name in keyof typeof KNOBS]: (typeof KNOBS)[Name]['initial'];
};

/** The table of all transport knobs. */
export const TRANSPORT_KNOBS: Readonly<Record<keyof TransportSysctl, Knob>> = KNOBS;

/** Linux's defaults. */
export function defaultTransportSysctl(): TransportSysctl {
  const entries = Object.entries(KNOBS).map(([name, { initial }]) => [name, initial]);
  return Object.fromEntries(entries) as TransportSysctl;
}
