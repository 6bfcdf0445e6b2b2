import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { openTap, type TapDevice, type TapFrame } from '@strata/tap';
import {
  ETHERNET_HEADER_OCTETS,
  ETHERTYPE_IPV4,
  EthernetFrame,
  emitEthernetHeader,
  emitIpv4Header,
  IPV4_MIN_HEADER_OCTETS,
  Ipv4Packet,
  isParseError,
  PROTOCOL_TCP,
  TcpSegment,
} from '@strata/wire';
import { freshNamespace } from '../stacks.ts';
import { Conversation, PEER, SUBJECT } from './conversation.ts';
import type { Scenario, Step } from './script.ts';
import { type StepAnswers, StepRecorder, type Subject } from './subject.ts';

const LINUX_MAC = '02:00:00:00:00:01';
const PEER_MAC = '02:00:00:00:00:99';
const LINUX_MAC_NUMBER = 0x020000000001;
const PEER_MAC_NUMBER = 0x020000000099;
const FIRST_PORT = 20_000;

interface Running {
  readonly conversation: Conversation;
  readonly recorder: StepRecorder;
  stepMs: number;
}

/**
 * Linux's TCP with an application, in its own network namespace at the other end of a TAP device.
 * Conversations run concurrently, each with its own port.
 */
export class LinuxSubject implements Subject {
  readonly #tap: TapDevice;
  readonly #application: ChildProcess;
  readonly #running = new Map<number, Running>();
  #ready!: () => void;
  readonly #isReady = new Promise<void>((resolve) => {
    this.#ready = resolve;
  });
  #nextPort = FIRST_PORT;

  private constructor(tap: TapDevice, application: ChildProcess) {
    this.#tap = tap;
    this.#application = application;
    tap.onFrames((frames) => {
      for (const frame of frames) this.#takeFrame(frame);
    });
    const lines = createInterface({ input: application.stdout! });
    lines.on('line', (line) => this.#takeEvent(JSON.parse(line)));
  }

  static async start(): Promise<LinuxSubject> {
    const netns = freshNamespace();
    const tap = openTap({
      netns,
      name: 'strata0',
      mac: LINUX_MAC,
      addresses: ['192.0.2.1/24'],
      virtioHeader: false,
    });
    try {
      const ip = (...args: string[]) => execFileSync('ip', ['-n', netns, ...args]);
      ip('neigh', 'replace', '192.0.2.2', 'lladdr', PEER_MAC, 'dev', 'strata0', 'nud', 'permanent');
      // Linux must not remember what it learned about the peer in an earlier conversation.
      execFileSync('ip', [
        ...['netns', 'exec', netns, 'sysctl', '-q', '-w'],
        'net.ipv4.tcp_no_metrics_save=1',
      ]);
      const subject = new LinuxSubject(tap, startApplication(netns));
      await subject.#isReady;
      return subject;
    } catch (error) {
      tap.close();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#application.on('close', resolve));
    this.#application.kill('SIGKILL');
    await ended;
    this.#tap.close();
  }

  async run(scenario: Scenario): Promise<readonly StepAnswers[]> {
    const port = this.#nextPort;
    this.#nextPort += 1;
    const conversation = new Conversation(scenario, port);
    const running = { conversation, recorder: new StepRecorder(scenario), stepMs: 0 };
    this.#running.set(port, running);
    const answers: StepAnswers[] = [];
    for (const step of scenario.steps) {
      running.stepMs = performance.now();
      if (step.kind === 'inject') this.#inject(conversation.make(step.segment), step);
      else if (step.kind === 'ask') this.#command(port, step.what, step.octets);
      await new Promise((resolve) => setTimeout(resolve, step.waitMs));
      answers.push(running.recorder.take());
    }
    this.#running.delete(port);
    // Then no connection is left that would send more segments.
    this.#command(port, 'abort', 0);
    return answers;
  }

  #command(id: number, what: string, octets: number): void {
    this.#application.stdin!.write(`${JSON.stringify({ id, what, octets })}\n`);
  }

  #inject(segment: Uint8Array, { segment: { tos = 0 } }: Extract<Step, { kind: 'inject' }>): void {
    const totalOctets = IPV4_MIN_HEADER_OCTETS + segment.byteLength;
    const frame = new Uint8Array(ETHERNET_HEADER_OCTETS + totalOctets);
    emitEthernetHeader(frame, LINUX_MAC_NUMBER, PEER_MAC_NUMBER, ETHERTYPE_IPV4);
    emitIpv4Header(frame.subarray(ETHERNET_HEADER_OCTETS), {
      tos,
      totalOctets,
      identification: 0,
      dontFragment: true,
      moreFragments: false,
      fragmentOffsetOctets: 0,
      ttl: 64,
      protocol: PROTOCOL_TCP,
      source: PEER,
      destination: SUBJECT,
    });
    frame.set(segment, ETHERNET_HEADER_OCTETS + IPV4_MIN_HEADER_OCTETS);
    if (this.#tap.write([{ frame }]) !== 1) throw new Error('Linux took no frame');
  }

  #takeFrame({ frame }: TapFrame): void {
    const ethernet = EthernetFrame.parse(frame);
    if (isParseError(ethernet) || ethernet.etherType !== ETHERTYPE_IPV4) return;
    const packet = Ipv4Packet.parse(ethernet.payload);
    if (isParseError(packet) || packet.protocol !== PROTOCOL_TCP) return;
    const segment = TcpSegment.parse(packet.payload);
    if (isParseError(segment)) throw new Error(`a bad segment of Linux: ${segment}`);
    const running = this.#running.get(segment.destinationPort);
    if (running === undefined) return;
    const { text, isRepeat } = running.conversation.read(segment, packet.bytes[1]!);
    running.recorder.segment(text, isRepeat, performance.now() - running.stepMs);
  }

  #takeEvent({ id, event, octets }: { id: number; event: string; octets: number }): void {
    if (event === 'ready') return this.#ready();
    const recorder = this.#running.get(id)?.recorder;
    if (event === 'data') recorder?.data(octets);
    else recorder?.event(event);
  }
}

function startApplication(netns: string): ChildProcess {
  const script = fileURLToPath(new URL('./linux-application.ts', import.meta.url));
  return spawn('ip', ['netns', 'exec', netns, process.execPath, '--import', 'tsx', script], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
}
