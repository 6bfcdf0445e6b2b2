import { Impairment, type ImpairmentSettings, type LinkFrame, seededRandom } from '../src/index.ts';
import { linkFrame } from './support.ts';

/** A frame on its way through an impairment in virtual time. */
export interface Arrival {
  readonly id: number;
  readonly sentMs: number;
  readonly atMs: number;
  readonly frame: LinkFrame;
}

/** A frame that carries its number. */
export function numbered(id: number, octets = 100): LinkFrame {
  const frame = new Uint8Array(octets);
  new DataView(frame.buffer).setUint32(14, id);
  return linkFrame(frame);
}

export function idOf({ frame }: LinkFrame): number {
  return new DataView(frame.buffer, frame.byteOffset).getUint32(14);
}

/** An impairment that does not drop frames for want of room, unless `settings` say so. */
export function wireOf(settings: Partial<ImpairmentSettings>, seed = 1): Impairment {
  return new Impairment({ limitFrames: 1_000_000, ...settings }, seededRandom(seed));
}

/** Sends `count` frames, one every `everyMs`, and returns which frames arrive and when. */
export function runWire(wire: Impairment, count: number, everyMs = 1, octets = 100): Arrival[] {
  const arrivals: Arrival[] = [];
  const pollUntil = (untilMs: number) => {
    while (wire.nextDeadlineMs() <= untilMs) {
      const atMs = wire.nextDeadlineMs();
      for (let frame = wire.poll(atMs); frame !== undefined; frame = wire.poll(atMs)) {
        const id = idOf(frame);
        arrivals.push({ id, sentMs: id * everyMs, atMs, frame });
      }
    }
  };
  for (let id = 0; id < count; id += 1) {
    pollUntil(id * everyMs);
    wire.handle(numbered(id, octets), id * everyMs);
  }
  pollUntil(1e15);
  return arrivals;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviationOf(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

/** Correlation of each value with the next one. */
export function correlationOf(values: readonly number[]): number {
  const middle = mean(values);
  const products = values.slice(1).map((value, at) => (value - middle) * (values[at]! - middle));
  return mean(products) / deviationOf(values) ** 2;
}

/** Lengths of the runs of equal `true` values. */
export function runsOf(flags: readonly boolean[]): number[] {
  const runs: number[] = [];
  let length = 0;
  for (const flag of [...flags, false]) {
    if (flag) length += 1;
    else if (length > 0) {
      runs.push(length);
      length = 0;
    }
  }
  return runs;
}
