import type { Bus } from '@strata/bus';
import { type BusHarness, upTo } from './harness.ts';

export function describeRequests(ends: () => BusHarness): void {
  const serve = (bus: Bus, subject: string, handler: (body: Uint8Array) => Promise<Uint8Array>) =>
    bus.serve({
      name: 'conformance',
      version: '1.0.0',
      description: 'Answers the suite',
      metadata: {},
      endpoints: { ask: { subject, handler } },
    });

  it('answers a request', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.double', async (body) => Uint8Array.from([...body, ...body]));
    await receiver.flush();
    const reply = await sender.request('conformance.double', Uint8Array.of(1, 2), 2000);
    expect([...reply]).toEqual([1, 2, 1, 2]);
  });

  it('answers many requests at once, each with its own answer', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.same', async (body) => body);
    await receiver.flush();
    const asked = upTo(50).map((number) => Uint8Array.of(number));
    const replies = await Promise.all(
      asked.map((body) => sender.request('conformance.same', body, 2000)),
    );
    expect(replies.map((reply) => reply[0])).toEqual(upTo(50));
  });

  it('rejects with BUS_REMOTE and the message if the handler throws', async () => {
    const { sender, receiver } = ends();
    serve(receiver, 'conformance.fail', async () => {
      throw new Error('mtu is 20: must be 68 to 65535');
    });
    await receiver.flush();
    await expect(sender.request('conformance.fail', Uint8Array.of(), 2000)).rejects.toMatchObject({
      name: 'BusError',
      code: 'BUS_REMOTE',
      message: expect.stringContaining('mtu is 20: must be 68 to 65535'),
    });
  });

  it('rejects with BUS_TIMEOUT if the handler is slow', async () => {
    const { sender, receiver } = ends();
    let answer = () => {};
    const slow = new Promise<Uint8Array>((resolve) => {
      answer = () => resolve(Uint8Array.of());
    });
    serve(receiver, 'conformance.slow', () => slow);
    await receiver.flush();
    const asked = sender.request('conformance.slow', Uint8Array.of(), 50);
    await expect(asked).rejects.toMatchObject({ name: 'BusError', code: 'BUS_TIMEOUT' });
    answer();
  });

  it('rejects with BUS_NO_RESPONDERS if nobody serves, also after the service has stopped', async () => {
    const { sender, receiver } = ends();
    const nobody = { name: 'BusError', code: 'BUS_NO_RESPONDERS' };
    await expect(sender.request('conformance.nobody', Uint8Array.of(), 2000)).rejects.toMatchObject(
      nobody,
    );
    const service = serve(receiver, 'conformance.gone', async (body) => body);
    await receiver.flush();
    await sender.request('conformance.gone', Uint8Array.of(), 2000);
    await service.stop();
    await expect(sender.request('conformance.gone', Uint8Array.of(), 2000)).rejects.toMatchObject(
      nobody,
    );
  });

  it('asks only one of several instances', async () => {
    const { sender, receiver } = ends();
    let calls = 0;
    for (let instance = 0; instance < 3; instance++) {
      serve(receiver, 'conformance.one', async (body) => {
        calls += 1;
        return body;
      });
    }
    await receiver.flush();
    for (let count = 0; count < 10; count++) {
      await sender.request('conformance.one', Uint8Array.of(), 2000);
    }
    expect(calls).toBe(10);
  });
}
