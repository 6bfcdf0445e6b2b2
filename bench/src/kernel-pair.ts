import { freshNamespace, LongRunning, run, supportScript } from '@strata/e2e';
import { type Figures, measureHttp } from './measure-http.ts';

const SERVER = '198.51.100.2';
const CLIENT = '198.51.100.1';
const SECONDS = 5;

/** Megabytes (10^6 octets) a second, each way. */
export interface IperfFigures {
  readonly downloadMBps: number;
  readonly uploadMBps: number;
}

/** Two network namespaces joined by a veth pair: the kernel talks to itself. */
export class KernelPair {
  readonly #server: string;
  readonly #client: string;

  private constructor(server: string, client: string) {
    this.#server = server;
    this.#client = client;
  }

  static async create(): Promise<KernelPair> {
    const pair = new KernelPair(freshNamespace(), freshNamespace());
    const ip = (line: string) => run('ip', line.split(' '));
    await ip(`netns add ${pair.#server}`);
    await ip(`netns add ${pair.#client}`);
    await ip(`link add v0 netns ${pair.#server} type veth peer name v1 netns ${pair.#client}`);
    await ip(`-n ${pair.#server} addr add ${SERVER}/24 dev v0`);
    await ip(`-n ${pair.#client} addr add ${CLIENT}/24 dev v1`);
    await ip(`-n ${pair.#server} link set v0 up`);
    await ip(`-n ${pair.#client} link set v1 up`);
    return pair;
  }

  /** Node's own http server with the same paths, on the kernel's TCP. */
  async measureNode(): Promise<Figures> {
    const server = new LongRunning('node', 'ip', [
      'netns',
      'exec',
      this.#server,
      process.execPath,
      ...supportScript('kernel-server.ts'),
      SERVER,
    ]);
    await server.saysWithin('listening');
    const figures = await measureHttp(this.#client, SERVER);
    await server.stop();
    return figures;
  }

  async measureIperf(): Promise<IperfFigures> {
    const server = new LongRunning('iperf3', 'ip', [
      'netns',
      'exec',
      this.#server,
      'iperf3',
      '-s',
      '--forceflush',
    ]);
    await server.saysWithin('listening');
    const measure = async (...extra: string[]) => {
      const { stdout } = await run('ip', [
        'netns',
        'exec',
        this.#client,
        'iperf3',
        '-c',
        SERVER,
        '-t',
        String(SECONDS),
        '-J',
        ...extra,
      ]);
      return JSON.parse(stdout).end.sum_received.bits_per_second / 8e6;
    };
    const uploadMBps = await measure();
    const downloadMBps = await measure('-R');
    await server.stop();
    return { downloadMBps, uploadMBps };
  }

  async remove(): Promise<void> {
    await run('ip', ['netns', 'del', this.#server], { check: false });
    await run('ip', ['netns', 'del', this.#client], { check: false });
  }
}
