import {
  type CallResult,
  done,
  failed,
  immediate,
  type OpenFile,
  type PendingCall,
  type PollEvents,
} from './calls.ts';
import type { Errno } from './errno.ts';

/** An entry of an epoll instance's interest list. */
interface Interest {
  readonly file: OpenFile;
  events: ReadonlySet<string>;
  /** The data returned with the events, as text of the script. */
  data: string;
  /** {@link OpenFile.wakes} at the last report; -1: never reported. */
  toldWakes: number;
  /** EPOLLONESHOT has reported its one event. */
  isDisarmed: boolean;
}

/** Events of a ready file, without the prefix EPOLL. */
export interface Ready {
  readonly events: ReadonlySet<string>;
  readonly data: string;
}

const ALWAYS = ['ERR', 'HUP'] as const;

/** An epoll instance (epoll(7)). */
export class Epoll implements OpenFile {
  readonly wakes = 0;
  readonly #interests = new Map<number, Interest>();

  poll(): PollEvents {
    return new Set();
  }

  close(): void {
    this.#interests.clear();
  }

  control(
    operation: string,
    fd: number,
    file: OpenFile,
    events: ReadonlySet<string>,
    data: string,
  ): CallResult {
    const known = this.#interests.get(fd);
    const refused = (errno: Errno) => failed(errno);
    if (operation === 'EPOLL_CTL_ADD') {
      if (known !== undefined) return refused('EEXIST');
      this.#interests.set(fd, { file, events, data, toldWakes: -1, isDisarmed: false });
      return done(0);
    }
    if (known === undefined) return refused('ENOENT');
    if (operation === 'EPOLL_CTL_DEL') this.#interests.delete(fd);
    else Object.assign(known, { events, data, toldWakes: -1, isDisarmed: false });
    return done(0);
  }

  /**
   * Waits for events, and hands them to `onReady`. `deadlineUs`: when the wait ends; undefined:
   * never.
   */
  wait(
    most: number,
    nowUs: () => number,
    deadlineUs: number | undefined,
    onReady: (ready: readonly Ready[]) => void,
  ): PendingCall {
    if (most <= 0) return immediate(failed('EINVAL'));
    return {
      deadlineUs,
      attempt: () => {
        const ready = this.#takeReady(most);
        const isOver = deadlineUs !== undefined && nowUs() >= deadlineUs;
        if (ready.length === 0 && !isOver) return undefined;
        onReady(ready);
        return done(ready.length);
      },
    };
  }

  #takeReady(most: number): Ready[] {
    const ready: Ready[] = [];
    for (const interest of this.#interests.values()) {
      const events = readyEvents(interest);
      if (events.size === 0 || ready.length === most) continue;
      interest.toldWakes = interest.file.wakes;
      if (interest.events.has('EPOLLONESHOT')) interest.isDisarmed = true;
      ready.push({ events, data: interest.data });
    }
    return ready;
  }
}

function readyEvents({ file, events, toldWakes, isDisarmed }: Interest): Set<string> {
  const ready = new Set<string>();
  if (isDisarmed) return ready;
  const polled = file.poll();
  if (events.has('EPOLLET') && toldWakes === file.wakes) return ready;
  for (const event of polled) {
    if (events.has(`EPOLL${event}`) || ALWAYS.some((always) => always === event)) ready.add(event);
  }
  return ready;
}
