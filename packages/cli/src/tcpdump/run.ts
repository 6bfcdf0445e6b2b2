import { createReadStream } from 'node:fs';
import { compileFilter, type Filter, FilterError } from '@strata/filter';
import { LINKTYPE_ETHERNET } from '@strata/wire';
import { CliError } from '../failure.ts';
import { print, tell } from '../run.ts';
import type { Target } from '../target.ts';
import { createSource } from '../trace/create-source.ts';
import { Output } from '../trace/output.ts';
import { Countdown, runWatch } from '../trace/watch.ts';
import { withConsole } from '../with-console.ts';
import { BOUNDARIES, packetOf, placeOf } from './boundary.ts';
import { CaptureReader } from './capture-reader.ts';
import { CaptureWriter } from './capture-writer.ts';
import type { CapturedPacket } from './captured-packet.ts';
import { Printer, type PrinterOptions } from './printer.ts';
import { toJson } from './to-json.ts';

/** What to take of a capture, and what to do with it. */
export interface DumpOptions {
  /** In the language of pcap-filter(7); empty: all. */
  readonly expression: string;
  /** Undefined: the first. */
  readonly stack: string | undefined;
  /** Undefined: all of the stack's. */
  readonly interfaceName: string | undefined;
  readonly direction: 'in' | 'out' | undefined;
  readonly count: number | undefined;
  /** Octets to keep of each frame; 0: all. */
  readonly snapOctets: number;
  /** The file to store in; `-`: standard output. Undefined: print. */
  readonly write: string | undefined;
  readonly json: boolean;
  readonly print: PrinterOptions;
}

/** Takes packets, chooses those that are wanted, and prints or stores them. */
class Sink {
  readonly counted: Countdown;
  /** Packets that passed the filter: all of them, also beyond the count. */
  received = 0;
  taken = 0;
  readonly #options: DumpOptions;
  readonly #filters: Readonly<Record<'ethernet' | 'raw', Filter | FilterError>>;
  readonly #put: (packet: CapturedPacket) => string | Uint8Array;
  readonly #output: Output;

  constructor(options: DumpOptions, output: Output) {
    this.#options = options;
    this.#output = output;
    this.counted = new Countdown(options.count);
    const { expression } = options;
    this.#filters = {
      ethernet: compile(expression, 'ethernet'),
      raw: attempt(() => compile(expression, 'raw')),
    };
    const printer = new Printer(options.print);
    const writer = new CaptureWriter();
    if (options.write !== undefined) this.#put = (packet) => writer.packet(packet);
    else if (options.json) this.#put = (packet) => `${JSON.stringify(toJson(packet, printer))}\n`;
    else this.#put = (packet) => printer.print(packet);
    if (options.write !== undefined) output.write(writer.start());
  }

  take(packet: CapturedPacket): void {
    const { interfaceName, direction, snapOctets } = this.#options;
    if (interfaceName !== undefined && !isNamed(packet, interfaceName)) return;
    if (direction !== undefined && packet.direction !== direction) return;
    const isFrame = packet.linkType === LINKTYPE_ETHERNET;
    const filter = this.#filters[isFrame ? 'ethernet' : 'raw'];
    if (filter instanceof FilterError) throw filter;
    if (!filter(packet)) return;
    this.received += 1;
    if (!this.counted.take()) return;
    this.taken += 1;
    const isLong = snapOctets > 0 && packet.bytes.byteLength > snapOctets;
    const kept = isLong ? { ...packet, bytes: packet.bytes.subarray(0, snapOctets) } : packet;
    this.#output.write(this.#put(kept));
  }
}

/** In a capture of several stacks an interface is called `stack/eth0`. */
function isNamed(packet: CapturedPacket, name: string): boolean {
  return packet.interfaceName === name || packet.interfaceName.endsWith(`/${name}`);
}

function compile(expression: string, linkType: 'ethernet' | 'raw'): Filter {
  return compileFilter(expression, linkType);
}

function attempt(make: () => Filter): Filter | FilterError {
  try {
    return make();
  } catch (error) {
    if (error instanceof FilterError) return error;
    throw error;
  }
}

function openOutput({ write }: DumpOptions): Promise<Output> | Output {
  return write === undefined || write === '-' ? Output.standard() : Output.file(write);
}

/** Reads a capture file. */
export async function dumpFile(file: string, options: DumpOptions): Promise<void> {
  const name = file === '-' ? 'standard input' : file;
  const input = file === '-' ? process.stdin : createReadStream(file);
  const reader = new CaptureReader(name);
  // An expression that is wrong is refused before the output is emptied.
  compile(options.expression, 'ethernet');
  const output = await openOutput(options);
  const sink = new Sink(options, output);
  let isDone = false;
  void sink.counted.done.then(() => {
    isDone = true;
  });
  try {
    for await (const piece of input) {
      for (const packet of reader.push(piece as Buffer)) sink.take(packet);
      await output.drained();
      if (isDone || output.isGone) break;
    }
    if (!isDone && !output.isGone) reader.end();
  } catch (error) {
    throw explained(error, name);
  } finally {
    await output.close();
  }
}

function explained(error: unknown, name: string): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  return syscall === undefined ? error : new CliError(`cannot read ${name}: ${code ?? message}`);
}

/** Captures the frames of a running stack until a signal or the count. */
export async function dumpLive(target: Target, options: DumpOptions): Promise<void> {
  compile(options.expression, 'ethernet');
  const { stack, interfaceName, write } = options;
  const place = interfaceName === undefined ? undefined : placeOf(interfaceName);
  if (interfaceName !== undefined && place === undefined) {
    await checkInterface(target, stack, interfaceName);
  }
  const stacks = stack === undefined ? undefined : [stack];
  const output = await openOutput(options);
  const sink = new Sink(options, output);
  const reader = new CaptureReader('the capture');
  const source = await createSource(target, stacks);
  const watch =
    place === undefined
      ? source.frames(stacks, (piece) => {
          for (const packet of reader.push(piece)) sink.take(packet);
        })
      : source.events(
          { stacks, layers: place.layers, wires: place.wires, hex: true },
          {
            onEvent: (event) => {
              const packet = packetOf(event);
              if (packet !== undefined) sink.take(packet);
            },
            onDropped: (dropped) => tell(`${dropped} packets missed: too many at once`),
          },
        );
  await runWatch(watch, sink.counted, output, () => {
    const what = write === undefined ? 'listening' : `writing to ${write}`;
    const linkType = place?.linkType ?? 'EN10MB (Ethernet)';
    tell(`${what} on ${interfaceName ?? 'any'}, link-type ${linkType}, until Ctrl-C`);
  });
  tell(`${sink.taken} packets captured, ${sink.received} received by filter`);
}

interface ApiInterface {
  readonly name: string;
  readonly kind: string;
  readonly mac?: string;
}

type Interfaces = readonly [stack: string, interfaces: readonly ApiInterface[]];

async function interfacesOf(target: Target, stack: string | undefined): Promise<Interfaces> {
  let found: Interfaces = ['', []];
  await withConsole(target, async (api) => {
    const name = await api.stackOr(stack);
    const query = { stack: name };
    const answer = await api.get<Record<string, ApiInterface[] | null>>('/api/interfaces', query);
    found = [name, answer[name] ?? []];
  });
  return found;
}

async function checkInterface(
  target: Target,
  stack: string | undefined,
  wanted: string,
): Promise<void> {
  const [name, interfaces] = await interfacesOf(target, stack);
  const names = interfaces.map((one) => one.name);
  if (names.includes(wanted)) return;
  throw new CliError(
    `${wanted}: no such interface of stack ${name}: it has ${names.join(', ')} (-D lists them); ` +
      `there are also ${BOUNDARIES.join(', ')} and wire/NAME`,
  );
}

/** `tcpdump -D`. */
export async function listInterfaces(
  target: Target,
  stack: string | undefined,
  json: boolean,
): Promise<void> {
  const [name, interfaces] = await interfacesOf(target, stack);
  if (json) return print(`${JSON.stringify({ stack: name, interfaces }, null, 2)}\n`);
  const lines = [
    ...interfaces.map((one) => one.name),
    'any (all of them)',
    ...BOUNDARIES.map((one) => `${one} (packets that cross the boundary)`),
    'wire/NAME (all frames on the wire NAME)',
  ];
  await print(lines.map((line, index) => `${index + 1}.${line}\n`).join(''));
}
