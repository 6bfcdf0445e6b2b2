import { createStackOnPort, type Socket, type Stack } from '../src/index.ts';
import { LinkedCores } from './linked-cores.ts';
import { next } from './support.ts';

const SERVER = '192.0.2.2';
const KNOWN = 'there is no congestion control bbr; there is: cubic, reno, none';

describe('Invalid TCP options', () => {
  let server: Stack;
  let client: Stack;

  beforeEach(() => {
    const cores = new LinkedCores();
    server = createStackOnPort({ port: cores.port(0), endpoint: 'server' });
    client = createStackOnPort({ port: cores.port(1), endpoint: 'client' });
  });

  afterEach(async () => {
    await client.close(0);
    await server.close(0);
  });

  it.each([
    ['keepAliveProbes', 200, '1 to 127'],
    ['keepAliveIdleMs', -5, '1 to 32767000'],
    ['keepAliveIntervalMs', 1.5, '1 to 32767000'],
    ['ttl', 0, '1 to 255'],
    ['receiveBufferOctets', 1, '2304 to 67108864'],
    ['maxPacingRateOctetsPerSecond', Number.NaN, '1 to 9007199254740991'],
  ])('%s of %d is refused when it is set, with the allowed range', (name, value, range) => {
    const refusal = expect.objectContaining({
      code: 'ERR_OUT_OF_RANGE',
      message: `The TCP option ${name} is ${value}: it should be a whole number from ${range}.`,
    });
    const tcp = { [name]: value };
    const socket = new client.net.Socket();
    expect(() => socket.setTcpOptions(tcp)).toThrow(refusal);
    expect(() => client.net.connect({ port: 7, host: SERVER, tcp })).toThrow(refusal);
    const listener = server.net.createServer({ tcp });
    expect(() => listener.listen(7)).toThrow(refusal);
    expect(listener.listening).toBe(false);
  });

  it('an unknown congestion control is an error of listen and of connect', async () => {
    const tcp = { congestionControl: 'bbr' };
    const listener = server.net.createServer({ tcp }).listen(7);
    const [refused] = await next(listener, 'error');
    expect(refused).toMatchObject({ code: 'EINVAL', syscall: 'listen' });
    expect((refused as Error).message).toContain(KNOWN);
    const [failed] = await next(client.net.connect({ port: 7, host: SERVER, tcp }), 'error');
    expect(failed).toMatchObject({ code: 'EINVAL', syscall: 'connect' });
    expect((failed as Error).message).toContain(KNOWN);
  });

  it('on an open connection it is a soft error, and the previous one stays', async () => {
    const listener = server.net.createServer().listen(7);
    const connected = next(listener, 'connection');
    const socket = client.net.connect(7, SERVER);
    const [[far]] = (await Promise.all([connected, next(socket, 'connect')])) as [
      [Socket],
      unknown,
    ];
    const heard = next(socket, 'softError');
    socket.setTcpOptions({ congestionControl: 'bbr' });
    expect(((await heard)[0] as Error).message).toContain(KNOWN);
    far.on('data', (data: Buffer) => far.write(data));
    socket.write('goes on');
    expect(String((await next(socket, 'data'))[0])).toBe('goes on');
    socket.destroy();
    far.destroy();
  });

  it('a delay of setKeepAlive is never refused, as in Node', () => {
    const socket = new client.net.Socket();
    for (const delayMs of [-1, 0, 0.5, 1e12, Number.NaN]) {
      expect(() => socket.setKeepAlive(true, delayMs)).not.toThrow();
    }
  });
});
