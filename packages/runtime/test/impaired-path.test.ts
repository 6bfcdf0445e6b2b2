import type { LinkFrame } from '@strata/link';
import { hasValidTransportChecksum } from '@strata/wire';
import { ImpairedPath, SILENT } from '../src/index.ts';
import { frame, superDatagram, superFrame, textOf } from './support/frames.ts';
import { VirtualClock } from './support/virtual-clock.ts';

function start() {
  const clock = new VirtualClock();
  const came: string[] = [];
  const frames: LinkFrame[] = [];
  const path = new ImpairedPath({
    name: 'test',
    deliver: (delivered) => {
      frames.push(...delivered);
      came.push(...delivered.map(textOf));
    },
    log: SILENT,
    clock,
  });
  const send = (...texts: string[]) => path.handle(texts.map((text) => frame(2, 4, text)));
  return { clock, came, frames, path, send };
}

describe('ImpairedPath', () => {
  it('passes frames at once without an impairment', () => {
    const { came, send, clock } = start();
    send('a', 'b');
    expect(came).toEqual(['a', 'b']);
    expect(clock.set).toBe(0);
  });

  it('delays frames, and keeps their order', () => {
    const { came, send, clock, path } = start();
    path.configure({ delayMs: 20 });
    send('a');
    clock.turnTo(5);
    send('b');
    clock.turnTo(19);
    expect(came).toEqual([]);
    clock.turnTo(20);
    expect(came).toEqual(['a']);
    clock.turnTo(25);
    expect(came).toEqual(['a', 'b']);
  });

  it('can be changed while frames are delayed: they are not lost', () => {
    const { came, send, clock, path } = start();
    path.configure({ delayMs: 20 });
    send('a');
    path.configure({});
    send('b');
    expect(path.settings()).toMatchObject({ delayMs: 0, lossRatio: 0, seed: 0 });
    clock.turnTo(20);
    expect([...came].sort()).toEqual(['a', 'b']);
    send('c');
    expect(came.at(-1)).toBe('c');
  });

  it('loses the same frames for the same seed', () => {
    const lost = [1, 2].map(() => {
      const { came, send, path } = start();
      path.configure({ lossRatio: 0.5, seed: 42 });
      for (let i = 0; i < 100; i++) send(`${i}`);
      return came;
    });
    expect(lost[0]).toEqual(lost[1]);
    expect(lost[0]!.length).toBeGreaterThan(20);
    expect(lost[0]!.length).toBeLessThan(80);
  });

  it('impairs single segments: super-segments are cut up first, and pass whole without an impairment', () => {
    const { clock, path, frames } = start();
    path.handle([superFrame(2, 3000, 1460)]);
    expect(frames.map(({ segmentSize }) => segmentSize)).toEqual([1460]);
    path.configure({ delayMs: 20 });
    path.handle([superFrame(2, 3000, 1460)]);
    clock.turnTo(20);
    const cut = frames.slice(1);
    expect(cut.map(({ frame }) => frame.byteLength)).toEqual([1514, 1514, 134]);
    for (const frame of cut) {
      expect(frame).toMatchObject({ segmentSize: 0, checksum: 'complete', tail: undefined });
      expect(hasValidTransportChecksum(frame.frame.subarray(14))).toBe(true);
    }
    // A frame that is neither TCP nor UDP cannot be cut: it is lost and counted.
    const broken = superFrame(2, 3000, 1460);
    broken.frame[23] = 1;
    path.handle([broken]);
    expect(path.counters()).toMatchObject({ dropped_unfit: 1, frames_in: 3 });
  });

  it('impairs single datagrams: super-datagrams are cut up first', () => {
    const { clock, path, frames } = start();
    path.configure({ delayMs: 20 });
    path.handle([superDatagram(2, 3000, 1472)]);
    clock.turnTo(20);
    expect(frames.map(({ frame }) => frame.byteLength)).toEqual([1514, 1514, 98]);
    for (const { frame, checksum, segmentSize } of frames) {
      expect({ checksum, segmentSize }).toEqual({ checksum: 'complete', segmentSize: 0 });
      expect(hasValidTransportChecksum(frame.subarray(14))).toBe(true);
    }
  });

  it('refuses a setting out of range, and keeps the old settings', () => {
    const { path, came, send } = start();
    expect(() => path.configure({ lossRatio: 2 })).toThrow(/lossRatio/);
    send('a');
    expect(came).toEqual(['a']);
  });

  it('delivers nothing after it is closed', () => {
    const { came, send, clock, path } = start();
    path.configure({ delayMs: 20 });
    send('a');
    path.close();
    send('b');
    clock.turnTo(100);
    expect(came).toEqual([]);
  });
});
