import type { TransportIndication, TransportRequest } from '@strata/transport';
import { SocketHost } from '../src/port/socket-host.ts';

const SOCKETS = [64, 128, 192];

/** A host with a handler for each of SOCKETS, and what it sends. */
function createHost(handle: (indication: TransportIndication, request: () => void) => void) {
  const sent: number[][] = [];
  let indicate: (indications: readonly TransportIndication[]) => void = () => {};
  const host = new SocketHost({
    endpoint: 'app',
    port: {
      maxPduOctets: 1000,
      send: (requests) => sent.push(requests.map(({ socket }) => socket)),
      onIndications: (handler) => {
        indicate = handler;
      },
      close: async () => {},
    },
  });
  const credit = (socket: number): TransportRequest => ({ kind: 'credit', socket, limitOctets: 1 });
  for (const socket of SOCKETS) {
    host.register(socket, (indication) => handle(indication, () => host.request(credit(socket))));
  }
  return { host, sent, credit, indicate: (them: readonly TransportIndication[]) => indicate(them) };
}

function data(socket: number): TransportIndication {
  return { kind: 'data', socket, endpoint: 'app', offset: 0, data: new Uint8Array(1) };
}

/** Waits this many turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('SocketHost', () => {
  it('sends the requests of a batch of indications together, in order', async () => {
    const { sent, indicate } = createHost((_, request) => {
      request();
      process.nextTick(request);
    });
    indicate(SOCKETS.map(data));
    expect(sent).toEqual([]);
    await turns(2);
    expect(sent).toEqual([SOCKETS.flatMap((socket) => [socket, socket])]);
  });

  it('lets promises and ticks of one indication run before the next', async () => {
    const happened: string[] = [];
    const { indicate } = createHost(({ socket }) => {
      happened.push(`${socket}`);
      process.nextTick(() => happened.push(`${socket} tick`));
      void Promise.resolve().then(() => happened.push(`${socket} promise`));
    });
    indicate(SOCKETS.map(data));
    await turns(2);
    const each = SOCKETS.map((socket) => [`${socket}`, `${socket} tick`, `${socket} promise`]);
    expect(happened).toEqual(each.flat());
  });

  it('sends a request outside a batch at once, and also the requests of a single indication', async () => {
    const { host, sent, credit, indicate } = createHost((_, request) => request());
    host.request(credit(64));
    expect(sent).toEqual([[64]]);
    let inside = 0;
    const alone = createHost((_, request) => {
      request();
      inside = alone.sent.length;
    });
    alone.indicate([data(128)]);
    await turns(2);
    expect(inside).toBe(1);
    indicate([data(64), data(128)]);
    await turns(2);
    host.request(credit(192));
    expect(sent).toEqual([[64], [64, 128], [192]]);
  });

  it('holds no request longer than a millisecond if a listener takes long', async () => {
    const { sent, indicate } = createHost((_, request) => {
      const fromMs = performance.now();
      request();
      while (performance.now() - fromMs < 3);
    });
    indicate(SOCKETS.map(data));
    await turns(2);
    expect(sent).toEqual([[64, 128], [192]]);
  });

  it('sends held requests if the batch ends with an end indication', async () => {
    const { sent, indicate } = createHost((_, request) => request());
    indicate([data(64), data(128), { kind: 'end', socket: 192, endpoint: 'app', offset: 0 }]);
    await turns(3);
    expect(sent).toEqual([[64, 128], [192]]);
  });
});
