import type { Command } from 'commander';
import { oneOf } from '../arguments.ts';
import { print } from '../run.ts';
import { formatSockets } from '../ss/format-socket.ts';
import {
  type ApiSocket,
  isWanted,
  type SocketFilter,
  STATE_FILTERS,
  toQuery,
} from '../ss/socket.ts';
import { addTargetOptions, type TargetOptions, targetOf } from '../target.ts';
import { withConsole } from '../with-console.ts';

interface SsOptions extends TargetOptions {
  readonly stack?: string;
  readonly tcp?: boolean;
  readonly udp?: boolean;
  readonly listening?: boolean;
  readonly all?: boolean;
  readonly info?: boolean;
  readonly extended?: boolean;
  readonly options?: boolean;
  readonly memory?: boolean;
  readonly window?: boolean;
  readonly json?: boolean;
  readonly state?: readonly string[];
}

export function addSs(program: Command): void {
  const command = program
    .command('ss')
    .description("show the stacks' sockets in the format that ss uses for the kernel's")
    .option('--stack <name>', 'only this stack')
    .option('-t, --tcp', 'TCP')
    .option('-u, --udp', 'UDP')
    .option('-l, --listening', 'only listening sockets')
    .option('-a, --all', 'also listening sockets')
    .option('-n, --numeric', 'numbers instead of names (always on)')
    .option('-i, --info', "show TCP's figures of each connection")
    .option('-e, --extended', 'show the application and the socket id')
    .option('-o, --options', 'show the timer that fires next')
    .option('-m, --memory', 'show the buffers')
    .option('--window', 'draw the sliding window of each connection, with its four kinds of octets')
    .option('--state <state>', 'only sockets in this state; may be repeated', oneOf(STATE_FILTERS))
    .option('--json', 'print all figures as JSON')
    .action(show);
  addTargetOptions(command);
}

type Answer = Readonly<Record<string, readonly ApiSocket[] | null>>;

function show(options: SsOptions, command: Command): Promise<void> {
  const filter = {
    tcp: options.tcp ?? false,
    udp: options.udp ?? false,
    listening: options.listening ?? false,
    all: options.all ?? false,
    states: options.state ?? [],
  };
  const query = {
    ...(options.stack === undefined ? {} : { stack: options.stack }),
    ...toQuery(filter),
  };
  return withConsole(targetOf(command), async (api) => {
    await print(format(await api.get<Answer>('/api/sockets', query), filter, options));
  });
}

function format(answer: Answer, filter: SocketFilter, options: SsOptions): string {
  const sockets = Object.entries(answer).flatMap(([name, list]) =>
    (list ?? [])
      .filter((socket) => isWanted(filter, socket))
      .map((socket) => ({ stack: name, ...socket })),
  );
  if (options.json) {
    return `${JSON.stringify(sockets, null, 2)}\n`;
  }
  const shown = {
    info: options.info ?? false,
    timers: options.options ?? false,
    memory: options.memory ?? false,
    extended: options.extended ?? false,
    window: options.window ?? false,
  };
  const lines = formatSockets(sockets, shown, Object.keys(answer).length > 1);
  return `${lines.join('\n')}\n`;
}
