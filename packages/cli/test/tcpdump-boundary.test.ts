import { once } from 'node:events';
import { runCli } from './run-cli.ts';
import { type RunningStacks, startOneProcess, startOverNats } from './support/compositions.ts';
import { spawnCli } from './support/spawn-cli.ts';

describe.each([
  ['in one process', startOneProcess],
  ['over NATS', startOverNats],
] as const)('strata tcpdump at a boundary or on a wire, %s', (_, start) => {
  let running: RunningStacks;
  beforeAll(async () => {
    running = await start();
  }, 60_000);
  afterAll(() => running.stop());

  /** What tcpdump prints, in a process of its own, while the client asks the server's echo. */
  async function watched(place: string, ...more: string[]): Promise<string> {
    const options = ['--stack', 'server', '-i', place, '-c', '2', '-t', ...more];
    const dump = spawnCli('tcpdump', ...options, ...running.target);
    let stdout = '';
    dump.stdout.on('data', (data) => {
      stdout += data;
    });
    await once(dump.stderr, 'data');
    const over = once(dump, 'close');
    const client = ['--stack', 'client', ...running.target];
    while (dump.exitCode === null) {
      await runCli('ping', '-c', '1', '-W', '1', '192.0.2.2', ...client);
      await runCli('nc', '-z', '192.0.2.2', '7', ...client);
    }
    await over;
    return stdout;
  }

  it('prints packets between link and network', async () => {
    const text = await watched('link/network', 'icmp');
    expect(text).toMatch(/^IP 192\.0\.2\.3 > 192\.0\.2\.2: ICMP echo request, id \d+, seq 1, /m);
    expect(text).toMatch(/^IP 192\.0\.2\.2 > 192\.0\.2\.3: ICMP echo reply, id \d+, seq 1, /m);
  }, 60_000);

  it('prints segments between network and transport, with the header that network knows', async () => {
    const text = await watched('network/transport', 'tcp port 7 and tcp[tcpflags] & tcp-syn != 0');
    expect(text).toMatch(/^IP 192\.0\.2\.3\.\d+ > 192\.0\.2\.2\.7: Flags \[S\], seq /m);
    expect(text).toMatch(/^IP 192\.0\.2\.2\.7 > 192\.0\.2\.3\.\d+: Flags \[S\.\], seq /m);
  }, 60_000);

  it('prints the frames of all stations on a wire', async () => {
    const text = await watched('wire/lan', '-e', 'icmp');
    expect(text).toMatch(
      /ethertype IPv4 \(0x0800\), length 98: 192\.0\.2\.3 > 192\.0\.2\.2: ICMP echo/,
    );
  }, 60_000);

  it('refuses a place that is none', async () => {
    const { stderr, status } = await runCli('tcpdump', '-i', 'eth9', ...running.target);
    expect(stderr).toContain(
      'eth9: no such interface of stack server: it has eth0 (-D lists them)',
    );
    expect(stderr).toContain('there are also link/network, network/transport and wire/NAME');
    expect(status).toBe(1);
  });
});
