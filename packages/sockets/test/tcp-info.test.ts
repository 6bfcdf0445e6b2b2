import type { SocketEntry } from '@strata/transport';
import { InfoRequest } from '../src/net/info-request.ts';
import { connectPair, createPair, next } from './support.ts';

describe('getTcpInfo()', () => {
  it('gives what transport knows of the socket', async () => {
    const { near, far } = await connectPair(createPair());
    const info = await near.getTcpInfo();
    expect(info).toMatchObject({ socket: near.socketId, state: 'ESTABLISHED' });
    expect(info.local.port).toBe(near.localPort);
    expect((await far.getTcpInfo()).socket).toBe(far.socketId);
  });

  it('comes after earlier writes', async () => {
    const { near, far } = await connectPair(createPair());
    near.write('four');
    await near.getTcpInfo();
    expect((await far.getTcpInfo()).receiveQueue).toBe(4);
  });

  it('sends one request for all calls before the answer, and a new one for the next call', async () => {
    const { transport, ...pair } = createPair();
    const { near } = await connectPair({ transport, ...pair });
    const asked = () => transport.requests.filter(({ kind }) => kind === 'get-info').length;
    const [first, second] = await Promise.all([near.getTcpInfo(), near.getTcpInfo()]);
    expect(first).toBe(second);
    expect(asked()).toBe(1);
    await near.getTcpInfo();
    expect(asked()).toBe(2);
  });

  it('rejects without a connection: before it is open, and after it has ended', async () => {
    const pair = createPair();
    const closed = { code: 'ERR_SOCKET_CLOSED' };
    await expect(new pair.client.net.Socket().getTcpInfo()).rejects.toMatchObject(closed);
    const { near } = await connectPair(pair);
    near.destroy();
    await expect(near.getTcpInfo()).rejects.toMatchObject(closed);
  });

  it.each(['destroyed', 'reset'])('rejects where the socket is %s meanwhile', async (how) => {
    const pair = createPair();
    const { near } = await connectPair(pair);
    pair.transport.tellsInfo = false;
    near.on('error', () => {});
    const rejected = expect(near.getTcpInfo()).rejects.toMatchObject({ code: 'ERR_SOCKET_CLOSED' });
    const gone = next(near, 'close');
    if (how === 'destroyed') near.destroy();
    else pair.transport.breakConnection(near.socketId, 'reset');
    await rejected;
    await gone;
  });
});

describe('The request to transport', () => {
  it('is given up if no answer comes in time, and may be repeated', async () => {
    const info = new InfoRequest(1);
    await expect(info.ask(() => {})).rejects.toMatchObject({
      code: 'ETIMEDOUT',
      message: 'getsockopt ETIMEDOUT (transport does not answer)',
    });
    const entry = { socket: 1 } as SocketEntry;
    expect(await info.ask(() => info.answer(entry))).toBe(entry);
  });
});
