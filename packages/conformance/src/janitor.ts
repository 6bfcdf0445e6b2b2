import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/** What a test or a measurement makes and must not leave: a process by its pid, a network namespace, a folder. */
export type Made = 'process' | 'namespace' | 'folder';

/**
 * Reads `keep KIND NAME` and `drop KIND NAME`, and when its input ends, removes what it still keeps, the last first. Processes get
 * SIGTERM and 15 s to end, so that they give back what they made; then their groups get SIGKILL.
 */
const JANITOR = `trap '' INT TERM HUP; set -f
process= namespace= folder=
while read -r verb kind name; do
  eval "old=\\$$kind"; list=
  for one in $old; do [ "$one" = "$name" ] || list="$list $one"; done
  [ $verb = drop ] || list="$name $list"
  eval "$kind=\\$list"
done
is_alive() { [ -e /proc/$1 ] && ! grep -q '^State:.Z' /proc/$1/status 2>/dev/null; }
any_alive() { for pid in $process; do is_alive $pid && return; done; return 1; }
for pid in $process; do kill -TERM $pid 2>/dev/null; done
tries=150
while any_alive && [ $tries -gt 0 ]; do sleep 0.1; tries=$((tries - 1)); done
for pid in $process; do kill -KILL -$pid 2>/dev/null; done
for one in $namespace; do [ ! -e /run/netns/$one ] || ip netns del $one; done
for one in $folder; do rm -rf "$one"; done
true`;

const kept = new Set<string>();
let janitor: ChildProcess | undefined;

/**
 * Has it removed when this process ends, however it ends: by a signal, a crash, or kill -9. A process of its own sees to that.
 * Call what it returns where that is no longer needed. Throws a RangeError for a name with white space.
 */
export function removeAtEnd(made: Made, name: string | number): () => void {
  const what = `${made} ${name}`;
  if (!/^\w+ \S+$/.test(what)) throw new RangeError(`a name without white space: ${what}`);
  janitor ??= startJanitor();
  kept.add(what);
  janitor.stdin!.write(`keep ${what}\n`);
  return () => {
    if (kept.delete(what)) janitor!.stdin!.write(`drop ${what}\n`);
  };
}

/**
 * From here on SIGINT, SIGTERM and SIGHUP remove it all before this process ends, with the status that a shell gives to the signal.
 * For programs; a test runner has its own way of ending.
 */
export function removeAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Not once(): npm and the terminal may both send it, and without a listener the second would end this process in the middle.
    process.on(signal, () => {
      // Blocking: nothing of the program may run on while what it uses is taken away.
      spawnSync('sh', ['-c', JANITOR], {
        input: [...kept].map((what) => `keep ${what}\n`).join(''),
      });
      process.exit(128 + constants.signals[signal]);
    });
  }
}

function startJanitor(): ChildProcess {
  const child = spawn('sh', ['-c', JANITOR], {
    stdio: ['pipe', 'ignore', 'ignore'],
    // Of a process group of its own: Ctrl-C is for this process, whose end it waits for.
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
