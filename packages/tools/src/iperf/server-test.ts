import { once } from 'node:events';
import type { Socket, Stack } from '@strata/sockets';
import type { ToolIo } from '../tool.ts';
import { closeDatagramSocket } from '../tracked-stack.ts';
import { type Control, iperfError } from './control.ts';
import { endOf } from './end.ts';
import { Meter } from './meter.ts';
import type { IperfParsed } from './options.ts';
import { fromJson, type Parameters } from './parameters.ts';
import { STATE, UDP_HELLO_ANSWER } from './protocol.ts';
import { CpuMeter, resultsFromJson, resultsToJson } from './results.ts';
import { directionsOf, meterOptions, startOf, tellInterval } from './running.ts';
import { tcpOptionsOf } from './sockets.ts';
import { Budget, type TestStream } from './stream.ts';
import { TcpReceiver, TcpSender } from './tcp-stream.ts';
import { UdpReceiver, UdpSender } from './udp-stream.ts';

/** How long a client may take to open its streams, and beyond its time, milliseconds. */
const STREAMS_MS = 30_000;
const GRACE_MS = 30_000;
/** Longest test that counts octets and not time, milliseconds. */
const LONGEST_MS = 24 * 3600 * 1000;

/** A client's test, on the side of the server. */
export class ServerTest {
  readonly cookie: Buffer;
  readonly #stack: Stack;
  readonly #control: Control;
  readonly #options: IperfParsed;
  readonly #io: ToolIo;
  readonly #cpu = new CpuMeter();
  readonly #streams: TestStream[] = [];
  /** The directions of the streams that are still to come: whether the client sends. */
  #missing: boolean[] = [];
  #parameters: Parameters | undefined;
  #budget = new Budget(0, 0);
  #onStreams: (() => void) | undefined;
  #closeDatagrams: () => void = () => undefined;
  #stopWatching: () => void = () => undefined;

  constructor(stack: Stack, control: Control, cookie: Buffer, options: IperfParsed, io: ToolIo) {
    this.#stack = stack;
    this.#control = control;
    this.cookie = cookie;
    this.#options = options;
    this.#io = io;
  }

  /** Runs it to its end. Throws ToolError. */
  async run(): Promise<void> {
    const control = this.#control;
    const { remoteAddress: host, remotePort: port } = control.socket;
    await this.#io.event({ kind: 'accepted', host, port });
    const cancelled = this.#cancelled();
    control.sendState(STATE.parameterExchange);
    const parameters = fromJson(await Promise.race([control.readJson(), cancelled]));
    this.#parameters = parameters;
    this.#budget = new Budget(parameters.octets, parameters.blocks);
    this.#missing = directionsOf(parameters);
    if (parameters.udp) await this.#openDatagrams(parameters);
    control.sendState(STATE.createStreams);
    await Promise.race([this.#allStreams(), cancelled]);
    const accepted = { accepted_connection: { host, port } };
    const cookie = this.cookie.toString('latin1', 0, this.cookie.byteLength - 1);
    const start = startOf(this.#streams, parameters, { ...accepted, cookie });
    await this.#io.event({ kind: 'start', role: 'server', start });
    control.sendState(STATE.testStart);
    control.sendState(STATE.testRunning);
    await this.#measure(parameters, cancelled);
  }

  close(): void {
    this.#closeStreams();
    this.#closeDatagrams();
    this.#stopWatching();
    this.#control.socket.destroySoon();
  }

  /** A connection with the test's cookie. `first`: data that came behind it. */
  takeConnection(socket: Socket, first: Buffer): void {
    const parameters = this.#parameters;
    const clientSends = this.#missing.shift();
    if (parameters === undefined || parameters.udp || clientSends === undefined) {
      socket.destroy();
      return;
    }
    socket.setTcpOptions(tcpOptionsOf({ ...parameters, maximumSegmentSize: undefined }));
    this.#add(
      clientSends
        ? new TcpReceiver(socket, first.byteLength)
        : new TcpSender(socket, parameters, this.#budget),
    );
  }

  #closeStreams(): void {
    for (const stream of this.#streams) stream.close();
  }

  #add(stream: TestStream): void {
    this.#streams.push(stream);
    if (this.#missing.length === 0) this.#onStreams?.();
  }

  /** All streams of datagrams go over one socket, told apart by the client's ports. */
  async #openDatagrams(parameters: Parameters): Promise<void> {
    const { port, bind } = this.#options;
    const socket = this.#stack.dgram.createSocket({
      type: 'udp4',
      recvBufferSize: parameters.windowOctets,
    });
    socket.bind(port, bind);
    await once(socket, 'listening').catch((error: Error) => {
      throw iperfError(`unable to open UDP port ${port}: ${error.message}`);
    });
    this.#closeDatagrams = () => closeDatagramSocket(socket);
    socket.on('error', () => undefined);
    const receivers = new Map<string, UdpReceiver | undefined>();
    const address = this.#control.socket.localAddress ?? '';
    socket.on('message', (data, from) => {
      const key = `${from.address}:${from.port}`;
      if (receivers.has(key)) {
        // A hello that was sent again.
        if (data.byteLength === 4) socket.send(UDP_HELLO_ANSWER, from.port, from.address);
        else receivers.get(key)?.receive(data);
        return;
      }
      if (from.address !== this.#control.socket.remoteAddress) return;
      const clientSends = this.#missing.shift();
      if (clientSends === undefined) return;
      const ends = { local: { address, port }, remote: from };
      const stream = clientSends
        ? new UdpReceiver(ends, parameters)
        : new UdpSender(socket, { ...ends, owns: false }, parameters, this.#budget);
      receivers.set(key, stream instanceof UdpReceiver ? stream : undefined);
      socket.send(UDP_HELLO_ANSWER, from.port, from.address);
      this.#add(stream);
    });
  }

  async #allStreams(): Promise<void> {
    if (this.#missing.length === 0) return;
    await new Promise<void>((resolve, reject) => {
      const late = () => reject(iperfError('the client did not open all its streams'));
      const timer = setTimeout(late, STREAMS_MS);
      this.#onStreams = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Measures until the client ends the test, and exchanges the results. */
  async #measure(parameters: Parameters, cancelled: Promise<never>): Promise<void> {
    const control = this.#control;
    const meter = new Meter(
      this.#streams,
      meterOptions(parameters, this.#options),
      tellInterval(this.#io),
    );
    meter.begin();
    for (const stream of this.#streams) stream.begin();
    const { seconds, omitSeconds } = parameters;
    const limitMs = seconds > 0 ? (seconds + omitSeconds) * 1000 + GRACE_MS : LONGEST_MS;
    let state: number;
    try {
      state = await Promise.race([control.state(limitMs), cancelled]);
    } catch (error) {
      await this.#tellEnd(meter, parameters);
      throw error;
    } finally {
      for (const stream of this.#streams) stream.end();
    }
    if (state !== STATE.testEnd) {
      await this.#tellEnd(meter, parameters);
      const terminated = state === STATE.clientTerminate;
      throw iperfError(terminated ? 'the client has terminated' : `unexpected state ${state}`);
    }
    const totals = await meter.finish();
    // As in iperf3, before the client is asked for its results. From TEST_END on, a receiving
    // iperf3 reads whole blocks, and looks at the control connection only between two of them. The
    // end of the stream ends its last block.
    this.#closeStreams();
    const info = await control.socket.getTcpInfo().catch(() => undefined);
    const congestion = parameters.udp ? undefined : info?.tcp?.congestionControl || undefined;
    const cpu = this.#cpu.read();
    control.sendState(STATE.exchangeResults);
    const remote = resultsFromJson(await control.readJson(), totals.length);
    control.sendJson(resultsToJson(totals, cpu, congestion));
    control.sendState(STATE.displayResults);
    const end = endOf(totals, parameters.udp, cpu, congestion, remote);
    await this.#io.event({ ...end });
    // The client says that it is done, or is gone: that is its end in either case.
    await Promise.race([control.state(), cancelled]).catch(() => undefined);
  }

  async #tellEnd(meter: Meter, { udp }: Parameters): Promise<void> {
    const end = endOf(await meter.finish(), udp, this.#cpu.read(), undefined, undefined);
    await this.#io.event({ ...end, cut: true });
  }

  #cancelled(): Promise<never> {
    const { signal } = this.#io;
    const cancelled = new Promise<never>((_resolve, reject) => {
      const stop = () => {
        this.#control.sendState(STATE.serverTerminate);
        reject(iperfError('interrupt - the server has terminated'));
      };
      if (signal.aborted) stop();
      else signal.addEventListener('abort', stop, { once: true });
      this.#stopWatching = () => signal.removeEventListener('abort', stop);
    });
    cancelled.catch(() => undefined);
    return cancelled;
  }
}
