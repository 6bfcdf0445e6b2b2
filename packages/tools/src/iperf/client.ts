import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stack } from '@strata/sockets';
import { resolveHost } from '../resolve.ts';
import type { ToolIo } from '../tool.ts';
import { Control, iperfError } from './control.ts';
import { endOf } from './end.ts';
import { Meter, type Total } from './meter.ts';
import type { IperfParsed } from './options.ts';
import { type Parameters, parametersOf, toJson } from './parameters.ts';
import { COOKIE_OCTETS, STATE } from './protocol.ts';
import { CpuMeter, resultsFromJson, resultsToJson } from './results.ts';
import { directionsOf, meterOptions, startOf, tellInterval } from './running.ts';
import { connect, connectDatagrams, type Path } from './sockets.ts';
import { Budget, type TestStream } from './stream.ts';
import { TcpReceiver, TcpSender } from './tcp-stream.ts';
import { UdpReceiver, UdpSender } from './udp-stream.ts';

const COOKIE_CHARACTERS = 'abcdefghijklmnopqrstuvwxyz234567';
/** How often a client looks whether all is sent or received that was asked for, milliseconds. */
const LOOK_MS = 1;

/** Runs a test against a server. */
export async function runClient(stack: Stack, options: IperfParsed, io: ToolIo): Promise<number> {
  const { port, bind, connectSeconds } = options;
  const given = options.host!;
  const host = await resolveHost(
    given,
    1,
    (why) => `iperf3: error - unable to connect to server: there is no host ${given} (${why})`,
  );
  await io.event({ kind: 'connecting', host: given, port });
  const path: Path = { host, port, bind, connectSeconds, signal: io.signal };
  const control = new Control(await connect(stack, path));
  const client = new Client(stack, control, path, options, io);
  try {
    return await client.run();
  } catch (error) {
    if (!io.signal.aborted) throw error;
    await client.cancel();
    return 1;
  } finally {
    client.close();
  }
}

class Client {
  readonly #stack: Stack;
  readonly #control: Control;
  readonly #path: Path;
  readonly #options: IperfParsed;
  readonly #io: ToolIo;
  readonly #cookie = makeCookie();
  readonly #cpu = new CpuMeter();
  #parameters: Parameters | undefined;
  #budget = new Budget(0, 0);
  #streams: TestStream[] = [];
  #meter: Meter | undefined;

  constructor(stack: Stack, control: Control, path: Path, options: IperfParsed, io: ToolIo) {
    this.#stack = stack;
    this.#control = control;
    this.#path = path;
    this.#options = options;
    this.#io = io;
  }

  async run(): Promise<number> {
    const control = this.#control;
    const { signal } = this.#io;
    const cancelled = new Promise<never>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(iperfError('interrupted')));
      if (signal.aborted) reject(iperfError('interrupted'));
    });
    cancelled.catch(() => undefined);
    const info = await control.socket.getTcpInfo().catch(() => undefined);
    const parameters = parametersOf(this.#options, info?.tcp?.mss ?? 0);
    this.#parameters = parameters;
    this.#budget = new Budget(parameters.octets, parameters.blocks);
    control.socket.write(this.#cookie);
    for (;;) {
      const state = await Promise.race([control.state(), cancelled]);
      switch (state) {
        case STATE.parameterExchange:
          control.sendJson(toJson(parameters));
          break;
        case STATE.createStreams:
          await this.#createStreams(parameters);
          break;
        case STATE.testStart:
          await this.#start(parameters);
          break;
        case STATE.testRunning:
          await Promise.race([this.#test(parameters), cancelled]);
          return 0;
        default:
          await this.#refused(state);
      }
    }
  }

  /** Tells the server, and shows what there is. */
  async cancel(): Promise<void> {
    this.#control.sendState(STATE.clientTerminate);
    if (this.#meter !== undefined) await this.#tellEnd();
    await this.#io.event({ kind: 'note', text: 'iperf3: interrupt - the client has terminated' });
  }

  close(): void {
    for (const stream of this.#streams) stream.close();
    this.#control.socket.destroySoon();
  }

  async #createStreams(parameters: Parameters): Promise<void> {
    for (const sends of directionsOf(parameters)) {
      const stream = parameters.udp
        ? await this.#createDatagrams(parameters, sends)
        : await this.#createConnection(parameters, sends);
      this.#streams.push(stream);
    }
  }

  async #createConnection(parameters: Parameters, sends: boolean): Promise<TestStream> {
    const socket = await connect(this.#stack, this.#path, parameters);
    socket.write(this.#cookie);
    return sends ? new TcpSender(socket, parameters, this.#budget) : new TcpReceiver(socket);
  }

  async #createDatagrams(parameters: Parameters, sends: boolean): Promise<TestStream> {
    const socket = await connectDatagrams(this.#stack, this.#path, parameters);
    const local = { address: this.#control.socket.localAddress ?? '', port: socket.address().port };
    const ends = { local, remote: { address: this.#path.host, port: this.#path.port } };
    if (sends) return new UdpSender(socket, { ...ends, owns: true }, parameters, this.#budget);
    const receiver = new UdpReceiver(ends, parameters, socket);
    socket.on('message', (data) => receiver.receive(data));
    socket.on('error', () => undefined);
    return receiver;
  }

  #start(parameters: Parameters): Promise<void> {
    const { host, port } = this.#options;
    const start = startOf(this.#streams, parameters, {
      connecting_to: { host, port },
      cookie: this.#cookie.toString('latin1', 0, COOKIE_OCTETS - 1),
    });
    return this.#io.event({ kind: 'start', role: 'client', start });
  }

  /** Runs until the time is over, or all is sent, and takes the results. */
  async #test(parameters: Parameters): Promise<void> {
    const options = meterOptions(parameters, this.#options);
    this.#meter = new Meter(this.#streams, options, tellInterval(this.#io));
    this.#meter.begin();
    for (const stream of this.#streams) stream.begin();
    const ended = new AbortController();
    const told = this.#control.state(Number.POSITIVE_INFINITY);
    told.catch(() => undefined);
    const state = await Promise.race([this.#isDone(parameters, ended.signal), told]);
    ended.abort();
    for (const stream of this.#streams) stream.end();
    if (state !== undefined) return this.#refused(state);
    // Before the server closes the connections: then nothing is known of them.
    const totals = await this.#meter.finish();
    this.#control.sendState(STATE.testEnd);
    if ((await told) !== STATE.exchangeResults) return this.#refused(await told);
    await this.#finish(parameters, totals);
  }

  async #isDone(parameters: Parameters, signal: AbortSignal): Promise<undefined> {
    const { seconds, omitSeconds, octets, blocks, blockOctets } = parameters;
    if (octets === 0 && blocks === 0) {
      await sleep((seconds + omitSeconds) * 1000, undefined, { signal }).catch(() => undefined);
      return;
    }
    const wanted = octets || blocks * blockOctets;
    const moved = () => this.#streams.reduce((sum, stream) => sum + stream.counts().octets, 0);
    while (!signal.aborted && moved() < wanted) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  async #finish(parameters: Parameters, totals: readonly Total[]): Promise<void> {
    const control = this.#control;
    const congestion = await this.#congestion(parameters);
    const cpu = this.#cpu.read();
    control.sendJson(resultsToJson(totals, cpu, congestion));
    const remote = resultsFromJson(await control.readJson(), totals.length);
    const state = await control.state();
    if (state !== STATE.displayResults) return this.#refused(state);
    control.sendState(STATE.done);
    const end = endOf(totals, parameters.udp, cpu, congestion, remote);
    await this.#io.event({ ...end });
  }

  /** What is known if the test was cut off. */
  async #tellEnd(): Promise<void> {
    const totals = (await this.#meter?.finish()) ?? [];
    const end = endOf(totals, this.#parameters!.udp, this.#cpu.read(), undefined, undefined);
    await this.#io.event({ ...end, cut: true });
  }

  async #congestion({ udp }: Parameters): Promise<string | undefined> {
    if (udp) return undefined;
    const info = await this.#control.socket.getTcpInfo().catch(() => undefined);
    return info?.tcp?.congestionControl || undefined;
  }

  async #refused(state: number): Promise<never> {
    switch (state) {
      case STATE.accessDenied:
        throw iperfError('the server is busy running a test. try again later');
      case STATE.serverTerminate:
        if (this.#meter !== undefined) await this.#tellEnd();
        throw iperfError('the server has terminated');
      case STATE.serverError: {
        const code = await this.#control.read(8).then(
          (bytes) => bytes.readInt32BE(),
          () => 0,
        );
        throw iperfError(`the server has an error (number ${code} of iperf3's): see its output`);
      }
      default:
        throw iperfError(`the server sent the state ${state}, which is unexpected`);
    }
  }
}

function makeCookie(): Buffer {
  const cookie = Buffer.alloc(COOKIE_OCTETS);
  const random = randomBytes(COOKIE_OCTETS - 1);
  for (const [at, octet] of random.entries()) {
    cookie.write(COOKIE_CHARACTERS[octet % COOKIE_CHARACTERS.length]!, at, 'latin1');
  }
  return cookie;
}
