import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MemoryBus } from '@strata/bus';
import { describeBus } from '@strata/conformance';
import { transportRequestChannel } from '@strata/contract';

describeBus('memory', async () => {
  const bus = new MemoryBus();
  return { sender: bus, receiver: bus, encodes: false, dispose: () => bus.close() };
});

const channel = transportRequestChannel('memory');
const pdu = { socket: 1, endpoint: 'a', sequence: 1, acknowledge: 0, body: undefined };

describe('the memory bus', () => {
  it('passes PDUs as the values that they are', async () => {
    const bus = new MemoryBus();
    const got: unknown[] = [];
    bus.subscribe(channel, (batch) => got.push(...batch));
    bus.publish(channel, [pdu]);
    await bus.drain();
    expect(bus.lossless).toBe(true);
    expect(got[0]).toBe(pdu);
  });

  it('drains also where receivers answer each other for ever', async () => {
    const bus = new MemoryBus();
    let count = 0;
    bus.subscribe(channel, (batch) => {
      count += 1;
      bus.publish(channel, batch);
    });
    bus.publish(channel, [pdu]);
    await bus.drain();
    expect(count).toBeGreaterThan(1);
    expect(bus.status).toBe('closed');
  });

  it('goes on after a handler that throws, whose fault ends as an uncaught exception', () => {
    const script = `
      import { MemoryBus } from '@strata/bus';
      import { transportRequestChannel } from '@strata/contract';
      process.on('uncaughtException', (error) => console.log('uncaught', error.message));
      const channel = transportRequestChannel('memory');
      const bus = new MemoryBus();
      bus.subscribe(channel, () => { throw new Error('boom'); });
      bus.subscribe(channel, (batch) => console.log('delivered', batch.length));
      bus.publish(channel, [${JSON.stringify(pdu)}]);
    `;
    const flags = ['--conditions', '@strata/source', '--import', 'tsx', '--input-type=module'];
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    const printed = execFileSync(process.execPath, [...flags, '-e', script], {
      cwd,
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(printed.trim().split('\n').sort()).toEqual(['delivered 1', 'uncaught boom']);
  });
});
