import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { availableCongestionControls } from '@strata/transport';

/**
 * Data octets of a full segment: an MTU of 1,500 less the headers of IPv4 and TCP and the
 * timestamps option.
 */
export const SEGMENT_OCTETS = 1448;
/** The share of data in a full packet: the part of a wire's rate that can be goodput. */
export const GOODPUT_SHARE = SEGMENT_OCTETS / 1500;

/** The algorithms to measure, including no congestion control. */
export const ALGORITHMS = ['cubic', 'reno', 'none'].filter((name) =>
  availableCongestionControls().includes(name),
);

/** All combinations of the values; the last list changes fastest. */
export function product<A, B, C>(first: readonly A[], second: readonly B[], third: readonly C[]) {
  return first.flatMap((a) => second.flatMap((b) => third.map((c) => [a, b, c] as const)));
}

/** Three significant figures, which do not depend on a processor's rounding. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(3)));
}

/** In units of 1,000 octets per second, three figures. */
export function kilo(octetsPerSecond: number): string {
  return figure(octetsPerSecond / 1000);
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The value below which the given share of the values lies. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/**
 * The rate that a response function gives an algorithm at a loss ratio, octets per second;
 * Infinity: no limit. Reno: the function of Mathis et al. with octets counted (RFC 3465), sqrt(3 /
 * 2p) segments in a round trip. CUBIC: the larger of that (its Reno-friendly region) and figure 6
 * of RFC 9438 5.1. Both count losses in the same window as one; a random loss for each packet is at
 * most that.
 */
export function responseBound(algorithm: string, lossRatio: number, rttMs: number): number {
  if (algorithm === 'none' || lossRatio === 0) return Infinity;
  const reno = Math.sqrt(1.5 / lossRatio);
  const segments =
    algorithm === 'reno'
      ? reno
      : Math.max(reno, 1.054 * threeQuarterPower(rttMs / 1000 / lossRatio));
  return (segments * SEGMENT_OCTETS * 1000) / rttMs;
}

/** By square roots, which give the same result on every machine. */
function threeQuarterPower(value: number): number {
  return Math.sqrt(value) * Math.sqrt(Math.sqrt(value));
}

/** A Markdown table of these rows, with the columns aligned to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const all = [head, ...rows];
  const widths = head.map((_, i) => Math.max(...all.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, i) => cell.padStart(widths[i]!)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => `${'-'.repeat(width + 1)}:`).join('|')}|`].concat(
    rows.map(line),
  );
}

/**
 * Requires that the measured lines match `NAME.snapshot.md` beside the tests, so that each change
 * to TCP shows its effect in the diff. `npm run instrument -w @strata/transport` rewrites the
 * files.
 */
export function expectSnapshot(name: string, lines: readonly string[]): void {
  const path = fileURLToPath(new URL(`./${name}.snapshot.md`, import.meta.url));
  const text = `${lines.join('\n')}\n`;
  if (process.env['STRATA_RENEW'] === '1') writeFileSync(path, text);
  const kept = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (kept === text) return;
  const renew = 'npm run instrument -w @strata/transport';
  const advice = `The figures of ${name}.snapshot.md are others now. If the change is meant, renew it: ${renew}`;
  expect([advice, ...text.split('\n')]).toEqual([advice, ...kept.split('\n')]);
}
