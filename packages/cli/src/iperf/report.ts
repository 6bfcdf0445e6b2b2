import type { IperfFigures, IperfInterval, IperfSides, ToolEvent } from '@strata/tools';
import {
  BANNER,
  intervalHeader,
  intervalLine,
  type LineStyle,
  RULE,
  totalHeader,
  totalLine,
} from './lines.ts';

/** What iperf tells, as lines of iperf3. */
export class TextReport {
  readonly #unit: string | undefined;
  #style: LineStyle = { udp: false, roles: false, isServer: false, sends: true, unit: undefined };
  #intervals = 0;

  constructor(unit: string | undefined) {
    this.#unit = unit;
  }

  /** The lines of an event. */
  take(event: ToolEvent): string[] {
    switch (event.kind) {
      case 'connecting':
        return [`Connecting to host ${event['host']}, port ${event['port']}`];
      case 'listening':
        return [BANNER, `Server listening on ${event['port']} (test #${event['test']})`, BANNER];
      case 'accepted':
        return [`Accepted connection from ${event['host']}, port ${event['port']}`];
      case 'start':
        return this.#start(event as unknown as StartEvent);
      case 'interval':
        return this.#interval(event['interval'] as IperfInterval);
      case 'end':
        return this.#end(event as unknown as EndEvent);
      default:
        return [];
    }
  }

  #start({ role, start }: StartEvent): string[] {
    const { connected, test_start: test } = start;
    const isServer = role === 'server';
    this.#intervals = 0;
    this.#style = {
      udp: test.protocol === 'UDP',
      roles: test.bidir === 1,
      isServer,
      sends: isServer === (test.reverse === 1),
      unit: this.#unit,
    };
    const [first] = connected;
    const isReverse = test.reverse === 1 && !isServer;
    const lines = connected.map(
      ({ socket, local_host, local_port, remote_host, remote_port }) =>
        `[${String(socket).padStart(3)}] local ${local_host} port ${local_port} connected to ${remote_host} port ${remote_port}`,
    );
    const reverse = `Reverse mode, remote host ${first?.remote_host} is sending`;
    return [...(isReverse ? [reverse] : []), ...lines, intervalHeader(this.#style)];
  }

  #interval({ streams, sum, sum_bidir_reverse: other }: IperfInterval): string[] {
    const style = this.#style;
    const line = (figures: IperfFigures) => intervalLine(figures, style);
    const lines = directions(streams, (figures) => figures.sender).flatMap((list, index) => {
      const all = index === 0 ? sum : other;
      return [...list.map(line), ...(list.length > 1 && all !== undefined ? [line(all)] : [])];
    });
    const rule = this.#intervals > 0 && streams.length > 1 ? [RULE] : [];
    this.#intervals += 1;
    return [...rule, ...lines];
  }

  #end({ end, sides, cut = false }: EndEvent): string[] {
    const style = this.#style;
    const sums = [
      [end.sum_sent, end.sum_received],
      [end.sum_sent_bidir_reverse, end.sum_received_bidir_reverse],
    ] as const;
    const lines = directions(sides, ({ sender }) => sender.sender).flatMap((list, index) => {
      const each = list.flatMap(({ sender, receiver }) => this.#both(sender, receiver, cut));
      const [sent, received] = sums[index]!;
      return [...each, ...(list.length > 1 ? this.#both(sent, received, cut) : [])];
    });
    const hasRetransmits = sides.some(
      ({ sender }) => sender.retransmits !== undefined && this.#showsSender(sender, cut),
    );
    const done = style.isServer || cut ? [] : ['', 'iperf Done.'];
    return [RULE, totalHeader(style, hasRetransmits), ...lines, ...done];
  }

  #both(
    sender: IperfFigures | undefined,
    receiver: IperfFigures | undefined,
    cut: boolean,
  ): string[] {
    if (sender === undefined || receiver === undefined) return [];
    const showsReceiver = !this.#isOneSided(cut) || !receiver.sender;
    return [
      ...(this.#showsSender(sender, cut) ? [totalLine(sender, 'sender', this.#style)] : []),
      ...(showsReceiver ? [totalLine(receiver, 'receiver', this.#style)] : []),
    ];
  }

  #showsSender(sender: IperfFigures, cut: boolean): boolean {
    return !this.#isOneSided(cut) || sender.sender;
  }

  /** A server shows what it has seen itself. So does a client whose test was cut off. */
  #isOneSided(cut: boolean): boolean {
    return this.#style.isServer || cut;
  }
}

/** The streams of the first direction, and those of the other one, if there are any. */
function directions<One>(all: readonly One[], sends: (one: One) => boolean): One[][] {
  const [first] = all;
  if (first === undefined) return [];
  const isSame = (one: One) => sends(one) === sends(first);
  return [all.filter(isSame), all.filter((one) => !isSame(one))];
}

interface StartEvent {
  readonly role: 'client' | 'server';
  readonly start: {
    readonly connected: readonly {
      readonly socket: number;
      readonly local_host: string;
      readonly local_port: number;
      readonly remote_host: string;
      readonly remote_port: number;
    }[];
    readonly test_start: {
      readonly protocol: string;
      readonly reverse: number;
      readonly bidir: number;
    };
  };
}

interface EndEvent {
  readonly cut?: boolean;
  readonly sides: readonly IperfSides[];
  readonly end: {
    readonly sum_sent?: IperfFigures;
    readonly sum_received?: IperfFigures;
    readonly sum_sent_bidir_reverse?: IperfFigures;
    readonly sum_received_bidir_reverse?: IperfFigures;
  };
}

/** What iperf tells, as the one JSON object of iperf3 -J; of a server one for each test. */
export class JsonReport {
  #start: unknown = {};
  #intervals: unknown[] = [];

  take(event: ToolEvent): string[] {
    switch (event.kind) {
      case 'start':
        this.#start = event['start'];
        this.#intervals = [];
        return [];
      case 'interval':
        this.#intervals.push(event['interval']);
        return [];
      case 'end':
        return [this.#object({ end: event['end'] })];
      default:
        return [];
    }
  }

  #object(rest: object): string {
    const object = { start: this.#start, intervals: this.#intervals, ...rest };
    return JSON.stringify(object, null, 2);
  }
}
