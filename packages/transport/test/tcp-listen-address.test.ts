import { SeededRandom } from '@strata/simulator';
import { parseIpv4 } from '@strata/wire';
import { TransportCore } from '../src/core.ts';
import type { TransportIndication, TransportRequest } from '../src/pdu.ts';

const ip = (text: string) => parseIpv4(text)!;
const ANY = '0.0.0.0';
const ONE = '192.0.2.2';
const OTHER = '10.0.0.2';

function createStack() {
  const core = new TransportCore(
    {
      addresses: [
        { address: ip(ONE), prefixLength: 24, mtuOctets: 1500 },
        { address: ip(OTHER), prefixLength: 8, mtuOctets: 1500 },
      ],
      secret: new Uint8Array(16).fill(3),
    },
    new SeededRandom(1).next,
  );
  let socket = 0;
  const ask = (request: Partial<TransportRequest> & { kind: 'listen' | 'connect' | 'close' }) => {
    core.handleRequest({ endpoint: 'app', ...request } as TransportRequest, 0);
    const told: TransportIndication[] = [];
    for (let one = core.pollIndication(); one; one = core.pollIndication()) told.push(one);
    return told.map((one) => (one.kind === 'closed' ? `closed: ${one.reason}` : one.kind));
  };
  return {
    listen: (address: string, reusePort?: boolean, reuseAddress = true) => {
      socket += 64;
      const local = { address: ip(address), port: 80 };
      const options = { reuseAddress };
      return ask({ kind: 'listen', socket, local, backlog: 5, options, reusePort });
    },
    connectFrom: (address: string) => {
      socket += 64;
      return ask({
        kind: 'connect',
        socket,
        local: { address: ip(address), port: 80 },
        remote: { address: ip('192.0.2.7'), port: 9 },
        options: { reuseAddress: true },
        creditOctets: 1000,
      });
    },
    close: (id: number) => ask({ kind: 'close', socket: id }),
  };
}

describe('OPEN, passive, on a port with a listener (inet_csk_get_port)', () => {
  const TAKEN = ['closed: address in use'];
  const FREE = ['listening'];

  it.each([
    ['the same address', ONE, ONE, TAKEN],
    ['any address beside any', ANY, ANY, TAKEN],
    ['any address beside one', ONE, ANY, TAKEN],
    ['one address beside any', ANY, ONE, TAKEN],
    ['another address', ONE, OTHER, FREE],
  ])('%s: SO_REUSEADDR makes no difference', (_case, first, second, outcome) => {
    for (const reuseAddress of [false, true]) {
      const { listen } = createStack();
      expect(listen(first, false, reuseAddress)).toEqual(FREE);
      expect(listen(second, false, reuseAddress)).toEqual(outcome);
    }
  });

  it.each([
    ['both', true, true, FREE],
    ['only the first', true, false, TAKEN],
    ['only the second', false, true, TAKEN],
    ['the first, and the second says nothing', true, undefined, TAKEN],
  ])('is shared if %s asks for SO_REUSEPORT', (_who, first, second, outcome) => {
    for (const [one, other] of [
      [ONE, ONE],
      [ANY, ONE],
      [ONE, ANY],
    ] as const) {
      const { listen } = createStack();
      expect(listen(one, first)).toEqual(FREE);
      expect(listen(other, second)).toEqual(outcome);
    }
  });

  it('does not affect the listener, and is possible once that is closed', () => {
    const { listen, close } = createStack();
    listen(ANY);
    expect(listen(ANY)).toEqual(TAKEN);
    expect(close(64)).toEqual(['closed: finished']);
    expect(listen(ANY)).toEqual(FREE);
  });

  it.each([
    ['that of the listener', ONE, ONE, TAKEN],
    ['the one that IP chooses', ONE, ANY, TAKEN],
    ['any address of the listener', ANY, ONE, TAKEN],
    ['another one', ONE, OTHER, []],
  ])('a connect from that port, by its address: %s', (_case, listens, from, outcome) => {
    const { listen, connectFrom } = createStack();
    listen(listens);
    expect(connectFrom(from)).toEqual(outcome);
  });
});
