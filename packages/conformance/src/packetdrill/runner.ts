import type { SocketInfo } from '@strata/transport';
import { AssertionFailure, Assertions } from './assertions/assertions.ts';
import { tcpInfoValue } from './assertions/tcp-info-names.ts';
import { CodeError } from './assertions/tokens.ts';
import { CallRunner } from './calls/call-runner.ts';
import { FileTable } from './calls/file-table.ts';
import { NO_MARK_OCTETS } from './calls/send-space.ts';
import { SocketPort } from './calls/socket-port.ts';
import { CoreDriver } from './core-driver.ts';
import { ScriptFailure, ScriptUnsupportedError } from './language/errors.ts';
import type {
  CallAction,
  CodeAction,
  PacketAction,
  Script,
  ScriptEvent,
} from './language/script.ts';
import type { Flow } from './packets/flow.ts';
import { FlowTable } from './packets/flow-table.ts';
import { inboundDatagram, inboundError, inboundSegment } from './packets/inbound.ts';
import { type Observed, observe } from './packets/observed.ts';
import { OutboundCheck } from './packets/outbound-check.ts';
import { type Knobs, type Note, type ReadText, runSetUp } from './set-up.ts';
import type { Settings } from './settings.ts';
import { type Due, dueOf, timeDifference } from './timing.ts';

/** Extra time to wait for a packet: "too late" is a better message than "no packet". */
const LATE_US = 2_000_000;
/** How long to wait for a packet with the time `*`. */
const ANY_TIME_US = 48 * 3600 * 1_000_000;

/** One run of a script against a new transport core. */
export class ScriptRun {
  /** Set-up commands that had no effect. */
  readonly notes: Note[] = [];
  readonly #script: Script;
  readonly #settings: Settings;
  readonly #readText: ReadText;
  readonly #driver: CoreDriver;
  readonly #flows: FlowTable;
  readonly #knobs: Knobs;
  readonly #files: FileTable;
  readonly #calls: CallRunner;
  readonly #assertions = new Assertions();
  readonly #sent: Observed[] = [];
  /** When the last event was due, and whether it was an inbound packet. */
  #lastUs = 0;
  #lastWasInbound = false;

  constructor(script: Script, settings: Settings, readText: ReadText) {
    this.#script = script;
    this.#settings = settings;
    this.#readText = readText;
    this.#driver = new CoreDriver(settings, seededRandom());
    this.#flows = new FlowTable(settings.bindPort, () => this.#driver.core.sockets());
    this.#knobs = {
      sysctl: this.#driver.sysctl,
      sockets: { tcp_notsent_lowat: NO_MARK_OCTETS },
    };
    const port = new SocketPort(this.#driver, settings, this.#flows, this.#knobs.sockets);
    this.#files = new FileTable(port);
    this.#calls = new CallRunner(this.#files);
    this.#driver.onChange = () => this.#progress();
  }

  /**
   * Runs the script to its end.
   *
   * @throws ScriptFailure at the first difference from the script, ScriptUnsupportedError if the
   * script uses a missing feature
   */
  run(): void {
    const { setup, events } = this.#script;
    if (setup !== undefined) this.#setUp(setup.text, setup.line);
    for (const event of events) this.#runEvent(event);
    this.#finishCall();
  }

  #setUp(text: string, line: number): void {
    this.notes.push(...runSetUp(text, line, this.#knobs, this.#readText));
  }

  #progress(): void {
    this.#files.refresh();
    this.#calls.progress();
  }

  #runEvent(event: ScriptEvent): void {
    const { action } = event;
    const isInbound = action.kind === 'packet' && action.direction === 'in';
    const offsetUs = isInbound && this.#lastWasInbound ? this.#lastUs : this.#driver.nowUs;
    const due = dueOf(event.time, offsetUs, this.#lastUs, this.#settings);
    if (action.kind === 'packet' && action.direction === 'out') this.#expect(action, due);
    else this.#act(event, due, offsetUs);
    this.#lastUs = due.fromUs;
    this.#lastWasInbound = isInbound;
  }

  #act(event: ScriptEvent, due: Due, offsetUs: number): void {
    const { action } = event;
    // Calls are sequential: the previous one must return first.
    if (action.kind === 'call') this.#finishCall();
    this.#advanceTo(due.fromUs);
    const difference = timeDifference('it', due, this.#driver.nowUs);
    if (difference !== undefined) throw new ScriptFailure(event.line, difference);
    switch (action.kind) {
      case 'packet':
        this.#inject(action);
        break;
      case 'call':
        this.#call(action, due, event.time.kind === 'at' && event.time.relative ? offsetUs : 0);
        break;
      case 'command':
        this.#setUp(action.text, action.line);
        break;
      case 'code':
        this.#assert(action);
        break;
    }
  }

  #call(action: CallAction, start: Due, offsetUs: number): void {
    const { endUs } = action;
    const { tolerancePercent, toleranceUs } = this.#settings;
    const us = offsetUs + (endUs ?? 0);
    const share = ((us - start.fromUs) * tolerancePercent) / 100;
    const end: Due = {
      fromUs: us,
      toUs: us,
      isAny: false,
      toleranceUs: Math.max(toleranceUs, share),
    };
    this.#calls.start(action, endUs === undefined ? undefined : end);
    this.#files.refresh();
    if (this.#calls.isWaiting) this.#finishCall();
  }

  /** Waits until the blocking call has returned. */
  #finishCall(): void {
    for (;;) {
      const latestUs = this.#calls.latestEndUs;
      if (latestUs === undefined) return;
      if (!this.#stepTo(latestUs)) break;
    }
    this.#calls.refuseBlocked();
  }

  #advanceTo(us: number): void {
    while (this.#stepTo(us));
  }

  /** Lets time pass to the next event, or to `us` if that is earlier. False if nothing happened. */
  #stepTo(us: number): boolean {
    const stopUs = Math.min(us, this.#calls.deadlineUs);
    if (this.#driver.stepTo(stopUs)) return true;
    if (stopUs !== this.#calls.deadlineUs) return false;
    this.#progress();
    return true;
  }

  #inject(packet: PacketAction): void {
    const flow = this.#flows.find(packet);
    switch (packet.protocol) {
      case 'tcp':
        this.#driver.inject(inboundSegment(packet, flow, this.#settings));
        break;
      case 'udp':
        this.#driver.inject(inboundDatagram(packet, flow, this.#settings));
        break;
      case 'icmp':
        this.#driver.inject(inboundError(packet, flow, this.#settings));
        break;
    }
  }

  #expect(packet: PacketAction, due: Due): void {
    const flow = this.#flows.find(packet);
    const limitUs = due.isAny ? due.fromUs + ANY_TIME_US : due.toUs + due.toleranceUs + LATE_US;
    const mssOctets = this.#socketOf(flow)?.tcp?.mssOctets ?? 0;
    const check = new OutboundCheck(packet, flow, due, this.#settings, mssOctets);
    check.run(() => this.#nextSent(flow, limitUs));
  }

  /** The connection's oldest packet that is not checked yet. Waits for it until `limitUs`. */
  #nextSent(flow: Flow, limitUs: number): Observed | undefined {
    for (;;) {
      for (const sent of this.#driver.sent.splice(0)) this.#sent.push(...observe(sent));
      const at = this.#sent.findIndex(
        ({ localPort, remotePort }) =>
          localPort === flow.localPort && remotePort === flow.remotePort,
      );
      if (at >= 0) return this.#sent.splice(at, 1)[0];
      if (!this.#stepTo(limitUs)) return undefined;
    }
  }

  #socketOf({ localPort, remotePort }: Flow): SocketInfo | undefined {
    const isIt = ({ local, remote }: SocketInfo) =>
      local.port === localPort && remote.port === remotePort;
    return this.#driver.core.sockets().find(isIt);
  }

  #assert(action: CodeAction): void {
    const flow = this.#flows.current;
    const socket = flow === undefined ? undefined : this.#socketOf(flow);
    try {
      this.#assertions.run(action.text, (name) => tcpInfoValue(name, socket));
    } catch (error) {
      if (error instanceof AssertionFailure) {
        throw new ScriptFailure(action.line + error.line, error.message);
      }
      if (error instanceof CodeError) {
        throw new ScriptUnsupportedError(action.line + error.line, error.message);
      }
      throw error;
    }
  }
}

/** The same random numbers in each run of a script. */
function seededRandom(): () => number {
  let state = 0x2545f491;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 0x100000000;
  };
}
