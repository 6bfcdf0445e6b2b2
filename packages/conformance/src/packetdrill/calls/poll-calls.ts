import { ScriptFailure } from '../language/errors.ts';
import type { Expression } from '../language/script.ts';
import type { CallArguments } from './arguments.ts';
import { done, failed, immediate, type PendingCall, type PollEvents } from './calls.ts';
import { Epoll, type Ready } from './epoll.ts';
import type { FileTable } from './file-table.ts';

/** When a wait of `timeoutMs` ends. Undefined for never (-1). */
function deadlineOf(timeoutMs: number, nowUs: number): number | undefined {
  return timeoutMs < 0 ? undefined : nowUs + timeoutMs * 1000;
}

/** poll(2): `poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 100) = 1` */
export function poll(args: CallArguments, files: FileTable): PendingCall {
  const entries = args.items(args.at(0)).map((item) => args.struct(item));
  const deadlineUs = deadlineOf(args.integer(2), files.port.nowUs);
  return {
    deadlineUs,
    attempt: () => {
      const ready = entries.map((entry) => readyOf(args, entry, files));
      const count = ready.filter((events) => events.size > 0).length;
      const isOver = deadlineUs !== undefined && files.port.nowUs >= deadlineUs;
      if (count === 0 && !isOver) return undefined;
      for (const [i, entry] of entries.entries()) {
        const expected = args.flagsOf(entry.get('revents') ?? { kind: 'integer', value: 0 });
        compare(args, `revents of file ${i}`, 'POLL', expected, ready[i]!);
      }
      return done(count);
    },
  };
}

function readyOf(
  args: CallArguments,
  entry: ReadonlyMap<string, Expression>,
  files: FileTable,
): PollEvents {
  const [fd, events] = [entry.get('fd'), entry.get('events')];
  if (fd === undefined || events === undefined) throw args.unsupported('half a pollfd');
  const file = files.get(args.integerOf(fd));
  if (file === undefined) return new Set(['NVAL']);
  const wanted = args.flagsOf(events);
  const isTold = (event: string) =>
    wanted.has(`POLL${event}`) || event === 'ERR' || event === 'HUP';
  return new Set([...file.poll()].filter(isTold));
}

/** Second names of events: for streams RDNORM equals IN, and WRNORM equals OUT. */
const SAME: readonly string[] = ['RDNORM', 'WRNORM'];

function compare(
  args: CallArguments,
  what: string,
  prefix: string,
  expected: ReadonlySet<string>,
  actual: ReadonlySet<string>,
): void {
  const wanted = new Set([...expected].map((name) => name.slice(prefix.length)));
  for (const name of SAME) wanted.delete(name);
  const isSame = wanted.size === actual.size && [...wanted].every((name) => actual.has(name));
  if (isSame) return;
  const text = (names: ReadonlySet<string>) => [...names].sort().join('|') || '0';
  throw new ScriptFailure(args.line, `${args.name}: ${what}: ${text(actual)}, not ${text(wanted)}`);
}

/** epoll_ctl(2) */
export function epollControl(args: CallArguments, files: FileTable): PendingCall {
  const epoll = files.get(args.integer(0));
  const fd = args.integer(2);
  const file = files.get(fd);
  if (file === undefined || epoll === undefined) return immediate(failed('EBADF'));
  if (!(epoll instanceof Epoll)) return immediate(failed('EINVAL'));
  const fields = args.isGiven(3) && !args.isNull(3) ? args.struct(args.at(3)) : new Map();
  const events = args.flagsOf(fields.get('events') ?? { kind: 'integer', value: 0 });
  return immediate(epoll.control(args.word(1), fd, file, events, dataOf(args, fields)));
}

/** The data returned with the events. `fd=4`, `ptr=4`, `u32=4` and `u64=4` are the same union. */
function dataOf(args: CallArguments, fields: ReadonlyMap<string, Expression>): string {
  for (const name of ['fd', 'ptr', 'u32', 'u64']) {
    const value = fields.get(name);
    if (value !== undefined) return String(args.integerOf(value));
  }
  return '0';
}

/** epoll_wait(2): `epoll_wait(5, {events=EPOLLIN, fd=4}, 1, 0) = 1` */
export function epollWait(args: CallArguments, files: FileTable): PendingCall {
  const epoll = files.get(args.integer(0));
  if (!(epoll instanceof Epoll)) return immediate(failed(epoll === undefined ? 'EBADF' : 'EINVAL'));
  const deadlineUs = deadlineOf(args.integer(3), files.port.nowUs);
  const check = (ready: readonly Ready[]) => checkReady(args, ready);
  return epoll.wait(args.integer(2), () => files.port.nowUs, deadlineUs, check);
}

function checkReady(args: CallArguments, ready: readonly Ready[]): void {
  if (!args.isGiven(1)) return;
  const fields = args.struct(args.at(1));
  const expected = args.flagsOf(fields.get('events') ?? { kind: 'integer', value: 0 });
  const [first] = ready;
  compare(args, 'events', 'EPOLL', expected, first?.events ?? new Set());
  const data = dataOf(args, fields);
  if (first !== undefined && first.data !== data) {
    throw new ScriptFailure(args.line, `epoll_wait: it is about ${first.data}, not ${data}`);
  }
}
