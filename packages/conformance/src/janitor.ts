import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { constants } from 'node:os';

/**
 * A thing that a test or a measurement makes and must remove: a process (by its pid), a network
 * namespace, a folder.
 */
export type Made = 'process' | 'namespace' | 'folder';

/**
 * Reads `keep KIND NAME` and `drop KIND NAME`. When its input ends, it removes all things that it
 * still keeps, the last one first. Processes get SIGTERM and 15 s to clean up and end; then their
 * groups get SIGKILL.
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
 * Makes sure that the thing is removed when this process ends: by a signal, a crash, or kill -9. A
 * separate process does this. Call the returned function when the removal is no longer needed.
 * Throws RangeError for a name with white space.
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
 * From now on SIGINT, SIGTERM and SIGHUP remove all things before this process ends. The exit
 * status is the one that a shell gives to the signal. Use it in programs, not under a test runner,
 * which handles signals itself.
 */
export function removeAtSignals(): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    // Not once(): npm and the terminal may both send the signal. Without a listener the second one
    // would end this process in the middle.
    process.on(signal, () => {
      // Blocking: the program must not go on while its resources are removed.
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
    // In its own process group: Ctrl-C ends this process, and the janitor waits for that.
    detached: true,
  });
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return child;
}
