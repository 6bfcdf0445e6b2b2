import { EventEmitter, once } from 'node:events';
import { SILENT } from '@strata/runtime';
import { KeptListener } from '../src/listening.ts';

function refusal(code: string): Error {
  return Object.assign(new Error(`listen ${code}`), { code });
}

describe('KeptListener', () => {
  it('reports the problem until the port is open, and tries again after a refusal or a loss', async () => {
    const attempts = new EventEmitter();
    const started: EventEmitter[] = [];
    const kept = new KeptListener(
      'HTTP on port 80',
      {
        start: () => {
          const emitter = new EventEmitter();
          started.push(emitter);
          setImmediate(() => attempts.emit('attempt'));
          return emitter;
        },
        stop: () => undefined,
      },
      SILENT,
    );
    expect(kept.problem).toBe('HTTP on port 80: not listening yet');
    started[0]!.emit('error', refusal('EADDRINUSE'));
    await kept.settled;
    expect(kept.problem).toContain('EADDRINUSE');
    await once(attempts, 'attempt');
    await once(attempts, 'attempt');
    started[1]!.emit('listening');
    expect(kept.problem).toBeUndefined();
    started[1]!.emit('error', refusal('ECONNRESET'));
    expect(kept.problem).toContain('ECONNRESET');
    await once(attempts, 'attempt');
    started[2]!.emit('listening');
    expect(kept.problem).toBeUndefined();
    kept.stop();
  }, 20_000);

  it('listens again at once after a loss: the error means that transport is new', async () => {
    const started: EventEmitter[] = [];
    const attempts = new EventEmitter();
    const start = () => {
      const emitter = new EventEmitter();
      started.push(emitter);
      attempts.emit('attempt');
      return emitter;
    };
    const kept = new KeptListener('echo', { start, stop: () => undefined }, SILENT);
    started[0]!.emit('listening');
    started[0]!.emit('error', refusal('ECONNRESET'));
    // Timers fire in the order of their due times, however busy the machine is.
    const late = new Promise((resolve) => setTimeout(resolve, 900, 'late'));
    expect(await Promise.race([once(attempts, 'attempt'), late])).not.toBe('late');
    expect(started).toHaveLength(2);
    kept.stop();
  });

  it('waits while transport does not answer', async () => {
    const emitter = new EventEmitter();
    const kept = new KeptListener('echo', { start: () => emitter, stop: () => undefined }, SILENT);
    let settled = false;
    void kept.settled.then(() => {
      settled = true;
    });
    emitter.emit('error', refusal('ETIMEDOUT'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    kept.stop();
  });
});
